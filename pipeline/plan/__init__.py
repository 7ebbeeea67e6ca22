"""What the merge of a change to the inventory would do, in the words of those who run the network.

make        two revisions → a plan
compare     two inventories → a plan; pure
pairs       which device of one inventory is which of the other
changed     the devices that are new, or collected in another way
selection   the devices that a person asks for: names, groups, all, changed since a revision
settings    the settings in which two states of a device, group, … differ, as text
kinds       devices counted by what they have in common
load        backups per group and hour
exposures   the secrets that are newly sent somewhere, and what a reviewer must not miss
secrets     the references that workers need
values      what a plan consists of
sections    a plan → tables, for people
text        the tables on a terminal
markdown    the tables in a pull request's comment
as_json     the plan for scripts
"""

from pipeline.plan.compare import compare
from pipeline.plan.make import make_plan
from pipeline.plan.values import Plan

__all__ = ["Plan", "compare", "make_plan"]
