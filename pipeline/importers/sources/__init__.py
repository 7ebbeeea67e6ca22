"""The tools whose inventories can be imported, one file each."""
