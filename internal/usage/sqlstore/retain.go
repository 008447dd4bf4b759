package sqlstore

import (
	"context"
	"time"
)

// Retain drops whole months. Ids, series and totals stay.
func (s *store) Retain(ctx context.Context, before time.Time) error {
	if before.IsZero() {
		return nil
	}
	return s.dialect.drop(ctx, s, monthOf(before))
}

// dropSums forgets what is known of some months.
func (c *change) dropSums(from, to time.Time) error {
	if err := c.exec("DELETE FROM usage_rollups WHERE hour >= $1 AND hour < $2", hourOf(from), hourOf(to)); err != nil {
		return err
	}
	return c.exec("DELETE FROM usage_hours WHERE hour >= $1 AND hour < $2", hourOf(from), hourOf(to))
}
