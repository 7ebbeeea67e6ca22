"""This machine: processes, signals, and the embedded Valkey and Postgres.

supervisor       keeps processes running, and ends them together
spawn            starts a child that does not outlive us; launch is the script that it begins with
signals          SIGTERM and SIGINT end the process in order
embedded         the owner of a state directory and of the servers in it
valkey_server    which Valkey, which options, when it is ready
postgres_server  which Postgres, as whom, its cluster, when it is ready
server           what the two servers have in common
environment      which variables a child process gets
private_files    what processes write is for their user alone
guarded_file     files that only their owner may read, or write
"""
