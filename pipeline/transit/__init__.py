"""Between processes: broker, jobs, results, locks and answers. Worker and store meet here only.

broker       the Celery app, its queues, and the limits that decide whether a message is lost
jobs         jobs onto their groups' queues
protocol     what a backup writes into Redis: keys, scripts, fields
device_lock  one session per device at a time, with a heartbeat; holder says who has it
results      the stream of outcomes, between worker and consumer
answers      questions to workers, and their way back
connect      the client of Redis, and its failures as one error
rights       what each role may do at Redis and at RabbitMQ
endpoint     where the services are: on this machine or not, encrypted or not, with a login or without
"""
