CREATE TABLE signals (
    id TEXT PRIMARY KEY,
    symbol TEXT NOT NULL,
    signal TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    confidence TEXT,
    price DOUBLE PRECISION,
    timestamp BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    mode TEXT,
    reasons {json},
    metrics {json},
    comprehensive_metrics {json},
    lunarcrush_metrics {json},
    coinapi_metrics {json},
    smc_analysis {json},
    ai_validation {json},
    factors {json},
    extra {json},
    venue TEXT,
    instrument TEXT,
    engine_version TEXT,
    weights_id TEXT,
    data_source TEXT NOT NULL,
    origin TEXT NOT NULL,
    verdict TEXT,
    risk_mode TEXT,
    verdict_source TEXT,
    stop_loss DOUBLE PRECISION,
    take_profit DOUBLE PRECISION,
    score_band TEXT NOT NULL
);
CREATE INDEX signals_symbol ON signals (symbol, timestamp);
CREATE INDEX signals_timestamp ON signals (timestamp, id);
CREATE INDEX signals_signal ON signals (signal, timestamp);
CREATE INDEX signals_created_at ON signals (created_at);

CREATE TABLE outcomes (
    id TEXT PRIMARY KEY,
    signal_id TEXT NOT NULL REFERENCES signals (id) ON DELETE CASCADE,
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
    gross_pct DOUBLE PRECISION,
    net_pct DOUBLE PRECISION,
    result TEXT,
    net_win BOOLEAN,
    first_touch TEXT,
    best_pct DOUBLE PRECISION,
    worst_pct DOUBLE PRECISION,
    reason TEXT,
    evaluated_at BIGINT,
    UNIQUE (signal_id, horizon_s)
);
CREATE INDEX outcomes_due ON outcomes (data_source, state, not_before);
CREATE INDEX outcomes_token ON outcomes (token);
CREATE INDEX outcomes_evaluated_at ON outcomes (evaluated_at);

CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    signal_id TEXT REFERENCES signals (id) ON DELETE CASCADE,
    data_source TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload {json} NOT NULL,
    not_before BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    lease_until BIGINT,
    token TEXT,
    worker TEXT,
    attempt BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    finished_at BIGINT
);
CREATE INDEX outbox_due ON outbox (data_source, state, not_before);
CREATE INDEX outbox_token ON outbox (token);
CREATE INDEX outbox_signal ON outbox (signal_id);
