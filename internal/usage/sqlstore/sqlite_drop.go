package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dropAtOnce is how many records or sums are deleted in one transaction: whoever stores some has the next turn, and waits a
// moment only.
const dropAtOnce = 100

// drop first notes what will be gone: who reads meanwhile finds a part of it. Records and sums then go in small steps.
func (sqlite) drop(ctx context.Context, s *store, before time.Time) error {
	d := sqliteDrop{store: s, ctx: ctx, before: before, what: fmt.Sprintf("drop usage records before %s", before.Format(time.DateOnly))}
	for _, step := range []func() error{d.begin, d.mark, d.dropRecords, d.dropSums, d.end} {
		if err := step(); err != nil {
			return unavailable(ctx, d.what, err)
		}
		if !d.last.Valid {
			return nil
		}
	}
	return nil
}

// sqliteDrop is one under way.
type sqliteDrop struct {
	store  *store
	ctx    context.Context //nolint:containedctx // a drop lives as long as the call that makes it
	before time.Time
	what   string
	// first and last are the positions between which there are records to be dropped, counter the one that was given last at the beginning.
	first, last, counter sql.NullInt64
}

func (d *sqliteDrop) change(do func(*change) error) error { return d.store.change(d.ctx, d.what, do) }

// begin finds out whether there is anything to drop. The hours of records are there for as long as these.
func (d *sqliteDrop) begin() error {
	return d.store.read.QueryRowContext(d.ctx, "SELECT min(first), max(last), (SELECT position FROM usage_counter) FROM usage_hours WHERE hour < $1",
		hourOf(d.before)).Scan(&d.first, &d.last, &d.counter)
}

// mark looks for the last position of each account while nobody has to wait for that.
func (d *sqliteDrop) mark() error {
	rows, err := d.store.read.QueryContext(d.ctx, `SELECT id, (SELECT position FROM usage_records WHERE account = usage_accounts.id
		AND position >= $1 AND position <= $2 AND time < $3 ORDER BY position DESC LIMIT 1) FROM usage_accounts`,
		d.first.Int64, d.last.Int64, d.before.UnixMicro())
	if err != nil {
		return err
	}
	defer rows.Close()
	found := map[int64]int64{}
	for rows.Next() {
		var account int64
		var last sql.NullInt64
		if err := rows.Scan(&account, &last); err != nil {
			return err
		}
		if last.Valid {
			found[account] = last.Int64
		}
	}
	if err := rows.Err(); err != nil || len(found) == 0 {
		return err
	}
	return d.change(func(c *change) error {
		for account, last := range found {
			if err := c.markDropped(d.before, "(SELECT $1 AS account, $2 AS position)", account, last); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropRecords takes a turn for what goes only: one that came late may be behind all that are kept.
func (d *sqliteDrop) dropRecords() error {
	for after := d.first.Int64 - 1; ; {
		positions, last, err := d.next(after)
		if err != nil || len(positions) == 0 {
			return err
		}
		if err := d.change(func(c *change) error {
			return c.exec("DELETE FROM usage_records WHERE position IN "+placeholders(c.store.dialect, 1, len(positions)), positions...)
		}); err != nil {
			return err
		}
		after = last
	}
}

// next looks for the next records to be dropped while nobody has to wait for that.
func (d *sqliteDrop) next(after int64) (positions []any, last int64, err error) {
	rows, err := d.store.read.QueryContext(d.ctx, `SELECT position FROM usage_records WHERE position > $1 AND position <= $2 AND time < $3
		ORDER BY position LIMIT $4`, after, d.last.Int64, d.before.UnixMicro(), dropAtOnce)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&last); err != nil {
			return nil, 0, err
		}
		positions = append(positions, last)
	}
	return positions, last, rows.Err()
}

// dropSums goes along the key of the sums, which begins with the cube and the account.
func (d *sqliteDrop) dropSums() error {
	accounts, err := accountsByID(d.ctx, d.store.read)
	if err != nil {
		return err
	}
	for _, cube := range cubes {
		for account := range accounts {
			if err := d.dropSumsOf(cube.id, account); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *sqliteDrop) dropSumsOf(cube, account int64) error {
	for {
		var found int
		if err := d.store.read.QueryRowContext(d.ctx, "SELECT count(*) FROM (SELECT 1 FROM usage_rollups WHERE cube = $1 AND account = $2 AND hour < $3 LIMIT $4)",
			cube, account, hourOf(d.before), dropAtOnce).Scan(&found); err != nil || found == 0 {
			return err
		}
		if err := d.change(func(c *change) error {
			return c.exec(`DELETE FROM usage_rollups WHERE (cube, account, hour, series) IN (SELECT cube, account, hour, series FROM usage_rollups
				WHERE cube = $1 AND account = $2 AND hour < $3 ORDER BY hour, series LIMIT $4)`, cube, account, hourOf(d.before), dropAtOnce)
		}); err != nil {
			return err
		}
	}
}

// end drops what came meanwhile, and with it how it is found.
func (d *sqliteDrop) end() error {
	const late = "usage_records WHERE position > $1 AND time < $2"
	return d.change(func(c *change) error {
		if err := c.markDropped(d.before, late, d.counter.Int64, d.before.UnixMicro()); err != nil {
			return err
		}
		if err := c.exec("DELETE FROM "+late, d.counter.Int64, d.before.UnixMicro()); err != nil {
			return err
		}
		if err := c.exec("DELETE FROM usage_rollups WHERE "+anyCube()+" AND account IN (SELECT id FROM usage_accounts) AND hour < $1", hourOf(d.before)); err != nil {
			return err
		}
		return c.exec("DELETE FROM usage_hours WHERE hour < $1", hourOf(d.before))
	})
}

// anyCube is met by all sums, and has the key of the table used.
func anyCube() string {
	ids := make([]string, 0, len(cubes))
	for _, cube := range cubes {
		ids = append(ids, strconv.FormatInt(cube.id, 10))
	}
	return "cube IN (" + strings.Join(ids, ", ") + ")"
}
