"""Talking to devices. Imports nothing of `pipeline`, so a collector can be used and tested alone.

What others write against:
    contract   what a collector is given, and what it returns
    define     what a platform file is made of
    plugins    collectors and platforms of other packages
    errors     why a collection fails

From a name to an answer:
    registry   the name of a platform becomes a collector
    request    what is asked for
    collect    one collection, step by step
    reach      which transport leads to the device
    transport  bytes out, bytes in
    session    one conversation
    answer     what is kept of what the device said
    journal    the collection's log

What is there to collect with:
    platforms  a file for each operating system
    netmiko    whatever else netmiko knows
    noop       a collector for load tests
    host_keys  the keys that devices show
    simulator  devices that are not real
"""

from collectors import _moved

_moved.install()
