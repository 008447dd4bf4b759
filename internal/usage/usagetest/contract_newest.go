package usagetest

import (
	"errors"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

func (c *contract) newest() {
	want := func(position int64) {
		c.Helper()
		got, err := c.Newest(c.Context())
		if c.check(err); got != position {
			c.Errorf("the newest position is %d, want %d", got, position)
		}
	}
	want(0)
	c.append(charges(0, 7)...)
	c.append(charges(5, 9)...)
	records := c.read(usage.Query{})
	newest := records[len(records)-1].Position
	want(newest)
	c.append(charges(0, 9)...) // nothing new
	want(newest)
	c.check(c.Retain(c.Context(), began.AddDate(1, 0, 0)))
	c.expect()
	want(newest)
	c.reopen()
	want(newest)
	c.check(c.Close())
	if _, err := c.Newest(c.Context()); !errors.Is(err, usage.ErrUnavailable) {
		c.Errorf("of a store that is closed: got %v, want that it is not available", err)
	}
}
