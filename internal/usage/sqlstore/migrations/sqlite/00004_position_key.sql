-- +goose Up
-- What positions are hidden with from those who may see single accounts only. Whoever opens the tables fills it in, once.

ALTER TABLE usage_counter ADD COLUMN position_key BLOB;
