"""What should exist: due backups become rows and jobs, and rows without an outcome are noticed.

inventory_reader    the inventory at its Git revision
in_force            which inventory the configs repos follow
due                 which backups the schedules ask for
backups             which backups a run enqueues: those that are due, or those that a person asks for
enqueue             backups become rows, and rows become jobs
sweep               queue again what shows no sign of life; what is past its deadline is lost
publish             jobs go to the queue, and the table notes it
driver              enqueue and sweep on their services; connect opens it
run                 one run, as a command asks for it
dry_run             what a run would enqueue
accept              a person releases a configuration from quarantine
wait                wait for outcomes
beat                a run at every tick of a clock
"""
