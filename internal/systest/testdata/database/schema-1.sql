-- A database as the first schema kept it: no moment in tombstones, no lease.
-- Its records lack most fields, as if those had come later.
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
INSERT INTO meta VALUES ('schema', 1), ('incarnation', '6b1f3c0d9e8a4f57a2c4d1e0b3f59687'), ('revision', 12);
INSERT INTO objects VALUES
    ('pool/OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd001', 1, 9,
     '{"uuid":"0d1f0a3e-6a3a-4b8f-9c1c-0f3f0a8c1d01","name_label":"old pool","master":"OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd002","default_SR":"OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd005"}'),
    ('host/OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd002', 2, 2,
     '{"uuid":"0d1f0a3e-6a3a-4b8f-9c1c-0f3f0a8c1d02","name_label":"old host","hostname":"old","address":"127.0.0.1","enabled":true,"metrics":"OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd003","control_domain":"OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd004"}'),
    ('host_metrics/OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd003', 3, 3,
     '{"uuid":"0d1f0a3e-6a3a-4b8f-9c1c-0f3f0a8c1d03","memory_total":1073741824,"live":true}'),
    ('VM/OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd004', 4, 4,
     '{"uuid":"0d1f0a3e-6a3a-4b8f-9c1c-0f3f0a8c1d04","name_label":"Control domain on host: old","is_control_domain":true,"power_state":"Running","resident_on":"OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd002","affinity":"OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd002"}'),
    ('SR/OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd005', 5, 5,
     '{"uuid":"0d1f0a3e-6a3a-4b8f-9c1c-0f3f0a8c1d05","name_label":"old storage","type":"file","content_type":"user"}'),
    ('VM/OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd006', 6, 12,
     '{"uuid":"7ad4a87f-96ab-43a5-b0b8-2d27e2b42d1f","name_label":"from an old database","power_state":"Halted","other_config":{"folder":"/old"},"memory_static_max":1073741824}');
INSERT INTO tombstones VALUES ('VM/OpaqueRef:5a7bd9b4-0f4c-4b34-8f0e-b0c0a76dd007', 7, 8);
