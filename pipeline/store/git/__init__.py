"""The configs repos: Git, written by the consumer alone, read by everybody, pushed to the host.

repos           all configs repos, by name
repo            one configs repo, written: commits of whole batches by compare-and-swap
reader          one configs repo, read: texts, paths and commits
program         what the git program prints about one, for people
push            to the Git host, beside the commits
changes         what is to be committed
commit_message  subject and trailers
commit_signature  whose commits these are
diffstat        how many lines came and went
trees           directories of 100,000 files, changed without being read anew
pack            objects → one pack on disk, flushed and read back
repack          packs that have become many
bare_repo       a bare repository: made, opened, locked
"""
