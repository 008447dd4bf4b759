-- +goose Up
-- A row of an index is 2704 bytes at most, and a record that has a longer text in one could never be stored. These texts come from
-- callers; their indexes have the beginning only, at most 2 kB, and whoever looks for a longer one compares the whole of it too. All
-- else that is in an index is bounded: kinds and reasons are the operator's words, ids of records are UUIDs with a place, namespaces and
-- instances are names of objects (253 characters), ids of line items, actions and limitations 128 characters by the schemas of
-- their kinds, and usage_series has a digest.
--
-- What is slow comes first, and keeps others from storing, but not from reading.
SET LOCAL statement_timeout = 0;
CREATE INDEX usage_records_requester_prefix ON usage_records (left(requester_value, 512), position);
CREATE INDEX usage_records_subject_prefix ON usage_records (left(subject_uid, 512), position) WHERE subject_uid <> '';
CREATE INDEX usage_records_subject_name_prefix ON usage_records (left(subject_name, 512), position) WHERE subject_name <> '';
CREATE INDEX usage_records_correlation_prefix ON usage_records (left(correlation_id, 512), position) WHERE correlation_id <> '';
-- How the values of an expression are spread is known from here on. Months that are over would not be looked at again.
ANALYZE usage_records;
DROP INDEX usage_records_requester, usage_records_subject, usage_records_subject_name, usage_records_correlation;
