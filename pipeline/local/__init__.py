"""Everything on one machine: `devicevault up` and `devicevault demo`.

up    services, workers, consumer and beat, supervised
demo  the same on a simulated network, through a week in a minute
"""
