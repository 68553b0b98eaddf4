CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);

CREATE TABLE weight_sets (
    id TEXT PRIMARY KEY,
    weights {json} NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    note TEXT,
    active_since BIGINT
);

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail {json}
);
CREATE INDEX audit_at ON audit (at, id);

CREATE TABLE kv (
    data_source TEXT NOT NULL,
    name TEXT NOT NULL,
    value {json} NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (data_source, name)
);

CREATE TABLE alert_state (
    data_source TEXT NOT NULL,
    rule TEXT NOT NULL,
    symbol TEXT NOT NULL,
    fired_at BIGINT NOT NULL,
    detail {json},
    PRIMARY KEY (data_source, rule, symbol)
);
