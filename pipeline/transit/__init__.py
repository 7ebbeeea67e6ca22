"""Between processes: broker, jobs, results, locks and answers. Worker and store meet here only."""
