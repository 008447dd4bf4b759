-- +goose Up
-- Amounts are micro-tokens. Sums are kept as whole tokens and micro-tokens, in two columns: neither comes near what 64 bits
-- hold. Text is compared byte by byte.

CREATE TABLE usage_counter (
    one      BIGINT PRIMARY KEY CHECK (one = 1),
    position BIGINT NOT NULL
);
INSERT INTO usage_counter VALUES (1, 0);

CREATE TABLE usage_accounts (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    namespace TEXT COLLATE "C" NOT NULL,
    instance  TEXT COLLATE "C" NOT NULL,
    records   BIGINT NOT NULL DEFAULT 0,
    sequence  BIGINT NOT NULL DEFAULT 0,
    position  BIGINT NOT NULL DEFAULT 0,
    UNIQUE (namespace, instance)
);

-- The ids of all records ever stored: they outlive the records, so that nothing is ever counted twice.
CREATE TABLE usage_ids (
    id       TEXT COLLATE "C" PRIMARY KEY,
    position BIGINT NOT NULL,
    digest   BIGINT NOT NULL
);

-- Partitions are months (UTC), made when the first record of a month is stored.
CREATE TABLE usage_records (
    position        BIGINT NOT NULL,
    account         BIGINT NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    sequence        BIGINT NOT NULL,
    correlation_id  TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,
    reason          TEXT COLLATE "C" NOT NULL,
    time            TIMESTAMPTZ NOT NULL,
    subject_kind    TEXT COLLATE "C" NOT NULL,
    subject_name    TEXT COLLATE "C" NOT NULL,
    subject_uid     TEXT COLLATE "C" NOT NULL,
    requester_type  TEXT COLLATE "C" NOT NULL,
    requester_value TEXT COLLATE "C" NOT NULL,
    caller          TEXT COLLATE "C" NOT NULL,
    activation_id   TEXT COLLATE "C" NOT NULL,
    item            TEXT COLLATE "C" NOT NULL,
    version         TEXT COLLATE "C" NOT NULL,
    count           BIGINT NOT NULL,
    rate            BIGINT NOT NULL,
    rate_table      TEXT COLLATE "C" NOT NULL,
    series          TEXT COLLATE "C" NOT NULL,
    action_id       TEXT COLLATE "C" NOT NULL,
    tokens          BIGINT NOT NULL,
    limitation_id   TEXT COLLATE "C" NOT NULL,
    units           BIGINT NOT NULL,
    period          BIGINT NOT NULL,
    period_start    TIMESTAMPTZ,
    message         TEXT COLLATE "C" NOT NULL,
    metadata        TEXT COLLATE "C" NOT NULL,
    seal            TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (position, time)
) PARTITION BY RANGE (time);
CREATE INDEX usage_records_account ON usage_records (account, position);
CREATE INDEX usage_records_requester ON usage_records (requester_value, position);
CREATE INDEX usage_records_subject ON usage_records (subject_uid, position) WHERE subject_uid <> '';
CREATE INDEX usage_records_subject_name ON usage_records (subject_name, position) WHERE subject_name <> '';
CREATE INDEX usage_records_correlation ON usage_records (correlation_id, position) WHERE correlation_id <> '';
CREATE INDEX usage_records_denial ON usage_records (kind, position) WHERE kind = 'Denial';

-- The positions between which the records of an hour are, so that a time can be found by position.
CREATE TABLE usage_hours (
    hour  BIGINT PRIMARY KEY,
    first BIGINT NOT NULL,
    last  BIGINT NOT NULL
);

-- Sums over hours, days and months; a series has the values that a sum is of, and
-- their digest.
CREATE TABLE usage_series (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest          BYTEA NOT NULL UNIQUE,
    cube            BIGINT NOT NULL,
    account         BIGINT NOT NULL,
    activation_id   TEXT COLLATE "C" NOT NULL,
    item            TEXT COLLATE "C" NOT NULL,
    requester_value TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,
    reason          TEXT COLLATE "C" NOT NULL,
    limitation_id   TEXT COLLATE "C" NOT NULL
);

CREATE TABLE usage_rollups (
    cube            BIGINT NOT NULL,
    account         BIGINT NOT NULL,
    hour            BIGINT NOT NULL,
    series          BIGINT NOT NULL,
    records         BIGINT NOT NULL,
    charged         BIGINT NOT NULL,
    charged_micros  BIGINT NOT NULL,
    refunded        BIGINT NOT NULL,
    refunded_micros BIGINT NOT NULL,
    units           BIGINT NOT NULL,
    units_micros    BIGINT NOT NULL,
    PRIMARY KEY (cube, account, hour, series)
);

-- Totals of an account since its beginning. An empty action is the whole line item.
CREATE TABLE usage_used (
    account       BIGINT NOT NULL,
    activation_id TEXT COLLATE "C" NOT NULL,
    action_id     TEXT COLLATE "C" NOT NULL,
    tokens        BIGINT NOT NULL,
    micros        BIGINT NOT NULL,
    PRIMARY KEY (account, activation_id, action_id)
);

CREATE TABLE usage_units (
    account       BIGINT NOT NULL,
    activation_id TEXT COLLATE "C" NOT NULL,
    limitation_id TEXT COLLATE "C" NOT NULL,
    period        BIGINT NOT NULL,
    last_reset    TIMESTAMPTZ,
    units         BIGINT NOT NULL,
    micros        BIGINT NOT NULL,
    PRIMARY KEY (account, activation_id, limitation_id)
);
