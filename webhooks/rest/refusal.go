package rest

import (
	"errors"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

// refusal is what the caller is told of an error.
func refusal(err error) *tenant.Error {
	if refused := (*tenant.Error)(nil); errors.As(err, &refused) {
		return refused
	}
	return &tenant.Error{
		Reason: tenant.Unavailable, RetryAfter: time.Second,
		Problems: []string{"the request cannot be served now, try again; nothing was decided"},
	}
}

// invalid is about the form of a request, for what its contract cannot say.
func invalid(format string, args ...any) *tenant.Error {
	return &tenant.Error{Reason: tenant.Invalid, Problems: []string{fmt.Sprintf(format, args...)}}
}
