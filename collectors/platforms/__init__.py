"""One file per network operating system; its name is what the inventory writes as `platform:`."""
