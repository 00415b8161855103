PRAGMA journal_mode = WAL;
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL);
CREATE TABLE objects (
    key      TEXT PRIMARY KEY,
    created  INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    value    TEXT NOT NULL
);
CREATE INDEX objects_modified ON objects (modified);
CREATE TABLE tombstones (
    key     TEXT PRIMARY KEY,
    created INTEGER NOT NULL,
    deleted INTEGER NOT NULL
);
CREATE INDEX tombstones_deleted ON tombstones (deleted);
INSERT INTO meta VALUES ('schema', 1), ('incarnation', '0123456789abcdef0123456789abcdef'), ('revision', 7);
INSERT INTO objects VALUES
    ('VM/OpaqueRef:1', 1, 6, '{"name_label":"first"}'),
    ('VM/OpaqueRef:2', 2, 2, '{"name_label":"second"}');
INSERT INTO tombstones VALUES ('VM/OpaqueRef:3', 3, 7);
