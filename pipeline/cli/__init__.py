"""The click commands. Each parses, calls one function of `pipeline` and prints."""
