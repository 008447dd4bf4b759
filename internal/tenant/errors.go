package tenant

import (
	"errors"
	"fmt"
	"time"
)

// Reason says in one word why a call was refused. Programs branch on it; the message is for people.
type Reason string

// The reasons.
const (
	Invalid               Reason = "Invalid"
	InstanceNotFound      Reason = "InstanceNotFound"
	LineItemNotFound      Reason = "LineItemNotFound"
	RateTableNotFound     Reason = "RateTableNotFound"
	SessionNotFound       Reason = "SessionNotFound"
	KeyNotFound           Reason = "KeyNotFound"
	ConditionNotFound     Reason = "ConditionNotFound"
	AlreadyExists         Reason = "AlreadyExists"
	AlreadyEffective      Reason = "AlreadyEffective"
	StateNotPossible      Reason = "StateNotPossible"
	ConditionInUse        Reason = "ConditionInUse"
	OtherInstance         Reason = "OtherInstance"
	DeclaredElsewhere     Reason = "DeclaredElsewhere"
	LastAdministrationKey Reason = "LastAdministrationKey"
	SessionTerminated     Reason = "SessionTerminated"
	IdempotencyKeyReused  Reason = "IdempotencyKeyReused"
	Unavailable           Reason = "Unavailable"
)

// Error is a call that was refused, or with Unavailable one that could not be decided now. Nothing has changed.
type Error struct {
	Reason Reason
	// Problems say what is wrong, each naming its field, limit, what was asked and what is possible. There is at least one.
	Problems []string
	// RetryAfter is how long to wait before asking again; only with Unavailable.
	RetryAfter time.Duration

	cause error
}

// Error joins the problems.
func (e *Error) Error() string {
	text := ""
	for i, problem := range e.Problems {
		if i > 0 {
			text += "; "
		}
		text += problem
	}
	return text
}

// Unwrap gives the cause, for logs: callers are not told of it.
func (e *Error) Unwrap() error { return e.cause }

// ReasonOf is the reason of an error; empty for one that is no *Error.
func ReasonOf(err error) Reason {
	if refused := (*Error)(nil); errors.As(err, &refused) {
		return refused.Reason
	}
	return ""
}

func refuse(reason Reason, format string, args ...any) error {
	return &Error{Reason: reason, Problems: []string{fmt.Sprintf(format, args...)}}
}
