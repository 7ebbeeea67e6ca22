"""The Postgres tables: what is expected, what became of it, and which inventory is in force.

results     one row per backup; the first outcome stays
rosters     the versions of the inventory that were in force, and where each device's files were
table       the columns, and the statements that are made of them
database    connections, transactions, migrations
"""
