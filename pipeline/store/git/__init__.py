"""The configs repos: Git, written by the consumer alone, read by everybody, pushed to the host.

repo        one configs repo: commits of whole batches by compare-and-swap; what it holds
repos       all of them, by name
push        to the Git host, beside the commits
trees       directories of 100,000 files, changed without being read anew
pack        objects → one pack on disk, flushed and read back
repack      packs that have become many
bare_repo   a bare repository: made, opened, locked
diffstat    lines that came and went
trailers    what a commit says of its backup
"""
