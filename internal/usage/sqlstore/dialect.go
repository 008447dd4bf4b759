package sqlstore

import (
	"context"
	"time"
)

// dialect is what differs between the databases.
type dialect interface {
	// placeholder is the one of the nth argument, where arguments come in their order.
	placeholder(n int) string
	// instant is how a time is stored.
	instant(t time.Time) any
	// residual is a column in a condition that no index is to be used for.
	residual(column string) string
	// beginning is what the index of a long text has of it. A text of fewer bytes than whole is its own beginning.
	beginning(text string) (expression string, whole int)
	// prepareMonths makes room for records of these months, each given by its beginning.
	prepareMonths(c *change, months []time.Time) error
	// drop deletes the records and sums before a time, which begins a month.
	drop(ctx context.Context, s *store, before time.Time) error
	// isAboutValues tells that a statement failed for what was to be stored, and fails for it always, however the database is.
	isAboutValues(err error) bool
}
