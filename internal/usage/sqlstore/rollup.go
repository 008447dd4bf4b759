package sqlstore

import (
	"crypto/sha256"
	"fmt"
	"slices"
)

// series is what a sum of a cube is of.
type series struct {
	cube, account int64
	values        [6]string
}

// seriesDigest identifies a series in the database.
type seriesDigest [16]byte

func (s series) digest() seriesDigest {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %q", s.cube, s.account, s.values))
	return seriesDigest(sum[:len(seriesDigest{})])
}

// sumKey is a sum of a cube.
type sumKey struct {
	series
	hour int64
}

// addRollups adds the entries to a sum of each cube.
func (c *change) addRollups(fresh []entry) error {
	added := map[sumKey]*sums{}
	for _, next := range fresh {
		stored := partsOf(next.Record)
		for _, cube := range cubes {
			of := series{cube: cube.id, account: c.learned.accounts[cube.account(next.Record)], values: cube.values(stored)}
			key := sumKey{of, hourOf(cube.grain.floor(next.Time))}
			sum := added[key]
			if sum == nil {
				sum = &sums{}
				added[key] = sum
			}
			sum.add(next.Record)
		}
	}
	if err := c.findSeries(added); err != nil {
		return err
	}
	rows := make([][]any, 0, len(added))
	for key, sum := range added {
		rows = append(rows, []any{
			key.cube, key.account, key.hour, c.learned.series[key.series], sum.records, sum.charged.whole, sum.charged.micros,
			sum.refunded.whole, sum.refunded.micros, sum.units.whole, sum.units.micros,
		})
	}
	return c.insert(intoRollups, rows)
}

// findSeries learns the ids of the series, and makes those that are new.
func (c *change) findSeries(added map[sumKey]*sums) error {
	unknown := map[seriesDigest]series{}
	for key := range added {
		if id, ok := c.store.known.seriesID(key.series); ok {
			c.learned.series[key.series] = id
		} else {
			unknown[key.digest()] = key.series
		}
	}
	if err := c.readSeries(unknown); err != nil || len(unknown) == 0 {
		return err
	}
	rows := make([][]any, 0, len(unknown))
	for digest, of := range unknown {
		row := []any{digest[:], of.cube, of.account}
		for _, value := range of.values {
			row = append(row, value)
		}
		rows = append(rows, row)
	}
	if err := c.insert(intoSeries, rows); err != nil {
		return err
	}
	return c.readSeries(unknown)
}

// readSeries learns the ids of those that are stored, and takes these out.
func (c *change) readSeries(unknown map[seriesDigest]series) error {
	digests := make([]any, 0, len(unknown))
	for digest := range unknown {
		digests = append(digests, digest[:])
	}
	for part := range slices.Chunk(digests, idsAtOnce) {
		rows, err := c.QueryContext(c.ctx, "SELECT digest, id FROM usage_series WHERE digest IN "+placeholders(c.store.dialect, 1, len(part)), part...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var digest []byte
			var id int64
			if err := rows.Scan(&digest, &id); err != nil {
				return err
			}
			c.learned.series[unknown[seriesDigest(digest)]] = id
			delete(unknown, seriesDigest(digest))
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}
