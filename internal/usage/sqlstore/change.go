package sqlstore

import (
	"context"
	"database/sql"
)

// change is a transaction that has the counter's lock: nobody else changes anything meanwhile.
type change struct {
	*sql.Tx

	store    *store
	ctx      context.Context //nolint:containedctx // a change lives as long as the call that makes it
	position int64           // the last that was given
	learned  learned
}

// lock takes the counter's lock, and forgets what is known of a database that was put back to an earlier state: the record that
// was stored last is not where it was. An id that is known may be another account's there.
func (c *change) lock() error {
	newest := c.store.known.newestRecord()
	var found sql.NullInt64
	// The position is written back only so that the lock is taken.
	err := c.QueryRowContext(c.ctx, `UPDATE usage_counter SET position = position
		RETURNING position, (SELECT position FROM usage_ids WHERE id = $1)`, newest.id).Scan(&c.position, &found)
	if err == nil && newest.id != "" && (found.Int64 != newest.position || c.position < newest.position) {
		c.store.known.forget()
	}
	return err
}

func (c *change) exec(query string, args ...any) error {
	_, err := c.ExecContext(c.ctx, query, args...)
	return err
}

// insert writes rows.
func (c *change) insert(into *insertion, rows [][]any) error {
	if statement := c.store.prepared[into]; statement != nil {
		return c.insertEach(statement, rows)
	}
	for len(rows) > 0 {
		// Few different numbers of rows make few different statements, each of which the database reads once.
		size := mostRows
		for size > len(rows) {
			size /= 4
		}
		args := make([]any, 0, size*into.columns)
		for _, row := range rows[:size] {
			args = append(args, row...)
		}
		if err := c.exec(into.statement(c.store.dialect, size), args...); err != nil {
			return err
		}
		rows = rows[size:]
	}
	return nil
}

// insertEach is for a database that is in this process.
func (c *change) insertEach(prepared *sql.Stmt, rows [][]any) error {
	uninterrupted := context.WithoutCancel(c.ctx) // to watch for the end of each takes longer than it takes itself
	statement := c.StmtContext(uninterrupted, prepared)
	for _, row := range rows {
		if _, err := statement.ExecContext(uninterrupted, row...); err != nil {
			return err
		}
		if err := context.Cause(c.ctx); err != nil {
			return err
		}
	}
	return nil
}
