package export

import (
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// DroppedError reports that records behind a position are missing.
type DroppedError struct {
	After   int64
	Dropped usage.Dropped
}

// Error implements error.
func (e *DroppedError) Error() string {
	return fmt.Sprintf("usage records after position %d were dropped, up to position %d", e.After, e.Dropped.Position)
}
