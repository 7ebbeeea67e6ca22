"""All that a platform file imports: the facts by which an operating system is described."""
