-- What a person did by hand, on whose word and why. Rows are never changed.
CREATE TABLE operator_action (
    at      timestamptz NOT NULL DEFAULT now(),
    action  text NOT NULL,   -- the command's name, such as `accept`
    subject text NOT NULL,   -- what it was done to: a configs repo, a backup, a dead letter
    detail  text NOT NULL,
    person  text NOT NULL,   -- the system's user and host
    reason  text NOT NULL
);
CREATE INDEX operator_action_subject ON operator_action (action, subject);
