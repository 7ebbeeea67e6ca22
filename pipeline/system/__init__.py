"""This machine: child processes, signals, and the embedded Valkey and Postgres."""
