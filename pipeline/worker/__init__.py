"""One attempt at one device, and what surrounds it in a worker process."""
