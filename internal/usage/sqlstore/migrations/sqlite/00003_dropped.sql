-- +goose Up
-- What Retain has dropped, so that nobody who follows positions passes over it without a word: the last position of each
-- account, and the hour (since 1970) before which records are gone.

ALTER TABLE usage_accounts ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_counter ADD COLUMN kept_from INTEGER;
