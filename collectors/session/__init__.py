"""One conversation with a device's command line, from its prompt to its last answer."""
