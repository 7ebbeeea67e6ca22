"""The journey of a backup: inventory → driver → queue → worker → stream → configs repo and table."""
