-- +goose Up
-- Times are microseconds since 1970, amounts micro-tokens. Sums are kept as whole tokens and micro-tokens, in two columns:
-- neither comes near what 64 bits hold.

CREATE TABLE usage_counter (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL
) STRICT;
INSERT INTO usage_counter VALUES (1, 0);

CREATE TABLE usage_accounts (
    id        INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    instance  TEXT NOT NULL,
    records   INTEGER NOT NULL DEFAULT 0,
    sequence  INTEGER NOT NULL DEFAULT 0,
    position  INTEGER NOT NULL DEFAULT 0,
    UNIQUE (namespace, instance)
) STRICT;

-- The ids of all records ever stored: they outlive the records, so that nothing is ever counted twice.
CREATE TABLE usage_ids (
    id       TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    digest   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_records (
    position        INTEGER PRIMARY KEY,
    account         INTEGER NOT NULL,
    id              TEXT NOT NULL,
    sequence        INTEGER NOT NULL,
    correlation_id  TEXT NOT NULL,
    kind            TEXT NOT NULL,
    reason          TEXT NOT NULL,
    time            INTEGER NOT NULL,
    subject_kind    TEXT NOT NULL,
    subject_name    TEXT NOT NULL,
    subject_uid     TEXT NOT NULL,
    requester_type  TEXT NOT NULL,
    requester_value TEXT NOT NULL,
    caller          TEXT NOT NULL,
    activation_id   TEXT NOT NULL,
    item            TEXT NOT NULL,
    version         TEXT NOT NULL,
    count           INTEGER NOT NULL,
    rate            INTEGER NOT NULL,
    rate_table      TEXT NOT NULL,
    series          TEXT NOT NULL,
    action_id       TEXT NOT NULL,
    tokens          INTEGER NOT NULL,
    limitation_id   TEXT NOT NULL,
    units           INTEGER NOT NULL,
    period          INTEGER NOT NULL,
    period_start    INTEGER,
    message         TEXT NOT NULL,
    metadata        TEXT NOT NULL,
    seal            TEXT NOT NULL
) STRICT;
CREATE INDEX usage_records_account ON usage_records (account, position);
CREATE INDEX usage_records_requester ON usage_records (requester_value, position);
CREATE INDEX usage_records_subject ON usage_records (subject_uid, position) WHERE subject_uid <> '';
CREATE INDEX usage_records_subject_name ON usage_records (subject_name, position) WHERE subject_name <> '';
CREATE INDEX usage_records_correlation ON usage_records (correlation_id, position) WHERE correlation_id <> '';
CREATE INDEX usage_records_denial ON usage_records (kind, position) WHERE kind = 'Denial';

-- The positions between which the records of an hour are, so that a time can be found by position.
CREATE TABLE usage_hours (
    hour  INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL
) STRICT;

-- Sums over hours, days and months; a series has the values that a sum is of, and
-- their digest.
CREATE TABLE usage_series (
    id              INTEGER PRIMARY KEY,
    digest          BLOB NOT NULL UNIQUE,
    cube            INTEGER NOT NULL,
    account         INTEGER NOT NULL,
    activation_id   TEXT NOT NULL,
    item            TEXT NOT NULL,
    requester_value TEXT NOT NULL,
    kind            TEXT NOT NULL,
    reason          TEXT NOT NULL,
    limitation_id   TEXT NOT NULL
) STRICT;

CREATE TABLE usage_rollups (
    cube            INTEGER NOT NULL,
    account         INTEGER NOT NULL,
    hour            INTEGER NOT NULL,
    series          INTEGER NOT NULL,
    records         INTEGER NOT NULL,
    charged         INTEGER NOT NULL,
    charged_micros  INTEGER NOT NULL,
    refunded        INTEGER NOT NULL,
    refunded_micros INTEGER NOT NULL,
    units           INTEGER NOT NULL,
    units_micros    INTEGER NOT NULL,
    PRIMARY KEY (cube, account, hour, series)
) STRICT, WITHOUT ROWID;

-- Totals of an account since its beginning. An empty action is the whole line item.
CREATE TABLE usage_used (
    account       INTEGER NOT NULL,
    activation_id TEXT NOT NULL,
    action_id     TEXT NOT NULL,
    tokens        INTEGER NOT NULL,
    micros        INTEGER NOT NULL,
    PRIMARY KEY (account, activation_id, action_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_units (
    account       INTEGER NOT NULL,
    activation_id TEXT NOT NULL,
    limitation_id TEXT NOT NULL,
    period        INTEGER NOT NULL,
    last_reset    INTEGER,
    units         INTEGER NOT NULL,
    micros        INTEGER NOT NULL,
    PRIMARY KEY (account, activation_id, limitation_id)
) STRICT, WITHOUT ROWID;
