"""Everything on one machine: `devicevault up` and `devicevault demo`."""
