-- In which configs repo a configuration lies.
ALTER TABLE device_backup_result ADD COLUMN repo text NOT NULL DEFAULT 'configs';

-- The inventory that the configs repos follow: which devices are live, and where each has its place. The driver
-- writes a version when its commit moves; the consumer makes HEAD agree with the newest, and says so.
CREATE TABLE inventory_version (
    version    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "commit"   text NOT NULL,
    places     text NOT NULL,  -- a hash of the places: most commits change none of them
    since      timestamptz NOT NULL DEFAULT now(),
    began_at   jsonb,  -- configs repo → the commit from which this version's moves start
    applied_at timestamptz
);

CREATE TABLE inventory_place (
    version          bigint NOT NULL REFERENCES inventory_version ON DELETE CASCADE,
    device_id        text NOT NULL,
    device           text NOT NULL,
    collection_group text,
    repo             text NOT NULL,
    path             text NOT NULL,
    PRIMARY KEY (version, device_id)
);
