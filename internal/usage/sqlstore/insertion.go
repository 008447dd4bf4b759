package sqlstore

import (
	"strings"
)

// insertion is a statement that inserts rows into a table.
type insertion struct {
	table      string
	columns    int
	names      string
	onConflict string
}

// newInsertion wants the columns in the order in which rows have them.
func newInsertion(table string, columns []string, onConflict string) *insertion {
	return &insertion{table: table, columns: len(columns), names: strings.Join(columns, ", "), onConflict: onConflict}
}

var (
	intoRecords = newInsertion("usage_records", append([]string{"position", "account"}, columns...), "")
	intoIDs     = newInsertion("usage_ids", []string{"id", "position", "digest"}, "")
	intoHours   = newInsertion("usage_hours", []string{"hour", "first", "last"}, "ON CONFLICT (hour) DO UPDATE SET last = excluded.last")
	intoSeries  = newInsertion("usage_series", []string{
		"digest", "cube", "account", "activation_id", "item", "requester_value", "kind", "reason", "limitation_id",
	}, "")
	intoRollups = newInsertion("usage_rollups", []string{
		"cube", "account", "hour", "series", "records", "charged", "charged_micros", "refunded", "refunded_micros", "units", "units_micros",
	}, `ON CONFLICT (cube, account, hour, series) DO UPDATE SET
		records = usage_rollups.records + excluded.records,
		charged = usage_rollups.charged + excluded.charged,
		charged_micros = usage_rollups.charged_micros + excluded.charged_micros,
		refunded = usage_rollups.refunded + excluded.refunded,
		refunded_micros = usage_rollups.refunded_micros + excluded.refunded_micros,
		units = usage_rollups.units + excluded.units,
		units_micros = usage_rollups.units_micros + excluded.units_micros`)
	intoUsed = newInsertion("usage_used", []string{"account", "activation_id", "action_id", "tokens", "micros"},
		`ON CONFLICT (account, activation_id, action_id) DO UPDATE SET
		tokens = usage_used.tokens + excluded.tokens, micros = usage_used.micros + excluded.micros`)
	intoUnits = newInsertion("usage_units", []string{"account", "activation_id", "limitation_id", "period", "last_reset", "units", "micros"},
		`ON CONFLICT (account, activation_id, limitation_id) DO UPDATE SET
		period = excluded.period, last_reset = excluded.last_reset, units = excluded.units, micros = excluded.micros`)

	insertions = []*insertion{intoRecords, intoIDs, intoHours, intoSeries, intoRollups, intoUsed, intoUnits}
)

// mostRows is how many rows one statement inserts: a power of four.
const mostRows = 256

// statement is the text that inserts some rows.
func (i *insertion) statement(d dialect, rows int) string {
	return "INSERT INTO " + i.table + " (" + i.names + ") VALUES " + placeholders(d, rows, i.columns) + " " + i.onConflict
}

// placeholders are those of several rows.
func placeholders(d dialect, rows, columns int) string {
	var b strings.Builder
	for n := range rows * columns {
		switch {
		case n == 0:
			b.WriteByte('(')
		case n%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString(d.placeholder(n + 1))
	}
	b.WriteByte(')')
	return b.String()
}
