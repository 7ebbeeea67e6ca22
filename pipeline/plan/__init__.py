"""What merging a change of the inventory would do, in the terms of those who run the network.

values      what a plan is made of
settings    a device's or group's settings, as text to compare and to show
kinds       devices that count alike
compare     two inventories → a plan; pure
load        backups per group and hour
secrets     which references the workers need
make        two revisions → a plan
sections    a plan → tables, for people
text        the tables on a terminal
markdown    the tables in a pull request's comment
as_json     the plan for scripts
"""

from pipeline.plan.compare import compare
from pipeline.plan.make import make_plan
from pipeline.plan.values import Plan

__all__ = ["Plan", "compare", "make_plan"]
