"""The worker process: one attempt at one device, and the answers to questions.

process        Celery with its queues, until it is stopped
backup         one delivery of a backup: an outcome, a retry, or nothing
retry          whether there is an attempt, and when the next: limit, deadline, backoff
answering      one delivery of a question: an answer to the one who asked
probe          the question "would a backup work?"; probe_report its answer, probe_steps how far it came
host_keys      the question "which keys does the device show?"
attempt        one session at a device: credential, collector, result
credentials    references → secrets
task_ends      tasks that the hard limit, a bug or a person ended
connections    Redis, the stream and the locks of this process
"""
