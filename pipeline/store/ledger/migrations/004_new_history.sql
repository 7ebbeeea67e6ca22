-- A person began a configs repo's history anew, because the last commit that was stored could not be had any more.
CREATE TABLE configs_repo_new_history (
    repo   text NOT NULL,
    at     timestamptz NOT NULL DEFAULT now(),
    lost   text NOT NULL,
    person text NOT NULL,
    reason text NOT NULL
);
