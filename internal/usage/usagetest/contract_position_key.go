package usagetest

import (
	"bytes"
	"errors"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/opaque"
)

func (c *contract) positionKey() {
	made, err := c.PositionKey(c.Context())
	if c.check(err); len(made) != opaque.KeyBytes || bytes.Equal(made, make([]byte, opaque.KeyBytes)) {
		c.Errorf("the key has %d bytes, or is empty", len(made))
	}
	c.append(charges(0, 7)...)
	c.check(c.Retain(c.Context(), began.AddDate(1, 0, 0)))
	for range 2 {
		c.reopen()
		key, err := c.PositionKey(c.Context())
		if c.check(err); !bytes.Equal(key, made) {
			c.Error("after a restart there is another key")
		}
	}
	c.check(c.Close())
	if _, err := c.PositionKey(c.Context()); !errors.Is(err, usage.ErrUnavailable) {
		c.Errorf("of a store that is closed: got %v, want that it is not available", err)
	}
}
