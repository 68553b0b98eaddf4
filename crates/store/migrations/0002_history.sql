CREATE TABLE series (
    id {identity},
    data_source TEXT NOT NULL,
    venue TEXT NOT NULL,
    instrument TEXT NOT NULL,
    datum TEXT NOT NULL,
    cadence_ms BIGINT NOT NULL,
    UNIQUE (data_source, venue, instrument, datum, cadence_ms)
);

CREATE TABLE points (
    series_id BIGINT NOT NULL REFERENCES series (id),
    at BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (series_id, at)
){without_rowid};
