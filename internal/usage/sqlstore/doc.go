// Package sqlstore keeps usage records in SQLite or PostgreSQL.
//
// Whatever an append changes it changes in one transaction, alone: ids, records, sums and totals agree always. The ids of
// records are kept for ever, so that a record that comes again years later is not counted again. Sums over hours, days and
// months answer what dashboards ask; the records themselves answer the rest. Reading goes by position, a page at a time, so
// that no reader holds up the writer, however slow its own reader is.
package sqlstore
