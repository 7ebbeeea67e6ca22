"""What should exist: due backups become rows and jobs, and rows without an outcome are noticed."""
