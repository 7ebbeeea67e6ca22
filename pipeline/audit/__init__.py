"""Is everything as it should be?

doctor      are the services fit to keep backups
drift       where the configs repos are not what the inventory says
signatures  whether their commits are the store's own
"""
