CREATE TABLE ab_tests (
    id TEXT PRIMARY KEY,
    data_source TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    control_id TEXT NOT NULL,
    control_weights {json} NOT NULL,
    challenger_id TEXT NOT NULL,
    challenger_weights {json} NOT NULL,
    horizon_s BIGINT NOT NULL,
    max_outcomes BIGINT,
    ends_at BIGINT,
    started_at BIGINT NOT NULL,
    started_by TEXT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT,
    end_reason TEXT,
    promoted_at BIGINT,
    promoted_by TEXT,
    note TEXT
);
CREATE UNIQUE INDEX ab_tests_running ON ab_tests (data_source) WHERE state = 'running';
CREATE INDEX ab_tests_started ON ab_tests (data_source, started_at);

CREATE TABLE ab_decisions (
    test_id TEXT NOT NULL REFERENCES ab_tests (id) ON DELETE CASCADE,
    signal_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    venue TEXT NOT NULL,
    instrument TEXT NOT NULL,
    mode TEXT NOT NULL,
    timestamp BIGINT NOT NULL,
    engine_version TEXT NOT NULL,
    control_id TEXT NOT NULL,
    control_signal TEXT NOT NULL,
    control_score DOUBLE PRECISION NOT NULL,
    challenger_id TEXT NOT NULL,
    challenger_signal TEXT NOT NULL,
    challenger_score DOUBLE PRECISION,
    PRIMARY KEY (test_id, signal_id)
);
CREATE INDEX ab_decisions_timestamp ON ab_decisions (test_id, timestamp, signal_id);

CREATE TABLE ab_checks (
    id TEXT PRIMARY KEY,
    test_id TEXT NOT NULL,
    signal_id TEXT NOT NULL,
    data_source TEXT NOT NULL,
    horizon_s BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    lease_until BIGINT,
    token TEXT,
    worker TEXT,
    attempt BIGINT NOT NULL DEFAULT 0,
    entry_price DOUBLE PRECISION,
    exit_price DOUBLE PRECISION,
    candle_interval TEXT,
    venue TEXT,
    move_pct DOUBLE PRECISION,
    net_long_pct DOUBLE PRECISION,
    net_short_pct DOUBLE PRECISION,
    reason TEXT,
    evaluated_at BIGINT,
    FOREIGN KEY (test_id, signal_id) REFERENCES ab_decisions (test_id, signal_id) ON DELETE CASCADE
);
CREATE INDEX ab_checks_due ON ab_checks (data_source, state, not_before);
CREATE INDEX ab_checks_token ON ab_checks (token);
CREATE INDEX ab_checks_decision ON ab_checks (test_id, signal_id);

CREATE TABLE optimizations (
    id TEXT PRIMARY KEY,
    data_source TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    result TEXT NOT NULL,
    weights_id TEXT,
    report {json} NOT NULL
);
CREATE INDEX optimizations_at ON optimizations (data_source, at);
