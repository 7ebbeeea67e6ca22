"""A new inventory repository: its files from our templates, and a first commit."""
