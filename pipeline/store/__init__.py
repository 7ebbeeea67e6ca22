"""Results become commits and rows. This side never sees a credential.

process    the consumer process
consumer   stream → commit → row → acknowledge, in an order that survives a kill at any point
batch      the order in which the outcomes of a batch are stored
verdict    is a configuration committed, refused or quarantined
shrink     has a configuration lost too much of itself
commits    an outcome as a commit: files and trailers
rows       an outcome as a row
moves      renamed and removed devices
accept     a person accepts a quarantined configuration
connect    the table that the settings name
git/       the configs repos
ledger/    the table
"""
