package authorization

import (
	"fmt"
	"net/http"

	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// Refusal is a call that is not made.
type Refusal struct {
	// Status is that of the answer: 403, or 400 for a call that does not say what it is about.
	Status          int
	Reason, Message string
}

// Error is the message, which is for the caller.
func (r *Refusal) Error() string { return r.Message }

func forbid(format string, args ...any) error {
	return &Refusal{Status: http.StatusForbidden, Reason: server.ReasonForbidden, Message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return &Refusal{Status: http.StatusBadRequest, Reason: server.ReasonInvalid, Message: fmt.Sprintf(format, args...)}
}
