-- The shape of a new database. migrate.go brings older ones to it.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value NOT NULL
);

CREATE TABLE objects (
    key      TEXT PRIMARY KEY, -- class/reference
    created  INTEGER NOT NULL, -- revision
    modified INTEGER NOT NULL, -- revision
    value    TEXT NOT NULL     -- one record as JSON
);
CREATE INDEX objects_modified ON objects (modified);

CREATE TABLE tombstones (
    key     TEXT PRIMARY KEY,
    created INTEGER NOT NULL, -- revision
    deleted INTEGER NOT NULL, -- revision
    at      INTEGER NOT NULL  -- seconds since 1970
);
CREATE INDEX tombstones_deleted ON tombstones (deleted);

INSERT INTO meta (name, value) VALUES
    ('schema', 2),     -- the number of the last migration
    ('incarnation', lower(hex(randomblob(16)))),
    ('lease', 0),      -- the number of the newest write lease
    ('revision', 0),   -- of the newest commit
    ('compacted', 0);  -- tombstones up to this revision may be gone
