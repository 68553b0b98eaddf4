ALTER TABLE outcomes ADD COLUMN journal BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outcomes_journal ON outcomes (journal);

ALTER TABLE signals ADD COLUMN journal BIGINT NOT NULL DEFAULT 0;
CREATE INDEX signals_journal ON signals (journal);

ALTER TABLE signals ADD COLUMN factor_scores TEXT;
UPDATE signals SET factor_scores = {scores_of_factors} WHERE factors IS NOT NULL;

CREATE TABLE journal_epochs (
    data_source TEXT PRIMARY KEY,
    epoch BIGINT NOT NULL
);
