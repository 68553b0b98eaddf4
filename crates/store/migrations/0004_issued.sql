CREATE TABLE issued_log (
    data_source TEXT NOT NULL,
    seq BIGINT NOT NULL,
    signal_id TEXT NOT NULL UNIQUE,
    issued_at BIGINT NOT NULL,
    payload TEXT NOT NULL,
    digest TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (data_source, seq)
);

CREATE TABLE issued_heads (
    data_source TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    cleared_through BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE issued_before (
    signal_id TEXT PRIMARY KEY
);
INSERT INTO issued_before (signal_id) SELECT id FROM signals WHERE origin = 'signal';
