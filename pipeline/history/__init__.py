"""What was: configurations that the configs repos hold.

find     which backup a person means
show     what a backup stored, and what it changed
restore  a configuration with its secrets, from its sealed copy
"""
