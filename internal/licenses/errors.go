package licenses

import (
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/licensing-operator/licensing-operator/internal/declaration"
)

// Error is a call that makes no sense as things are. Programs branch on the id; the message is for people.
type Error struct {
	ID      ErrorID
	Message string

	cause error
}

// Error is the message alone: the id is for programs.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause, for logs: callers are not told of it.
func (e *Error) Unwrap() error { return e.cause }

func errorf(id ErrorID, format string, args ...any) error {
	return &Error{ID: id, Message: fmt.Sprintf(format, args...)}
}

// IDOf is the id of an error; 0 for one that is no *Error.
func IDOf(err error) ErrorID {
	if refused := (*Error)(nil); errors.As(err, &refused) {
		return refused.ID
	}
	return 0
}

// NotFound is a call about something in its path that does not exist.
type NotFound struct{ Message string }

func (e *NotFound) Error() string { return e.Message }

func notFound(format string, args ...any) error {
	return &NotFound{Message: fmt.Sprintf(format, args...)}
}

// Forbidden is a call about a product that the caller's key is not for.
type Forbidden struct{ Message string }

func (e *Forbidden) Error() string { return e.Message }

// Invalid is a call that does not say what it must, or says it wrong.
type Invalid struct {
	// Problems say what is wrong, each naming its field, limit, what was asked and what is possible. There is at least one.
	Problems []string

	cause error
}

// Error joins the problems.
func (e *Invalid) Error() string { return strings.Join(e.Problems, "; ") }

// Unwrap gives the cause, for logs.
func (e *Invalid) Unwrap() error { return e.cause }

func invalid(format string, args ...any) error {
	return &Invalid{Problems: []string{fmt.Sprintf(format, args...)}}
}

// Unavailable is a call that could not be decided now. Asking again is right.
type Unavailable struct {
	Message    string
	RetryAfter time.Duration

	cause error
}

func (e *Unavailable) Error() string { return e.Message }

// Unwrap gives the cause, for logs: callers are not told of it.
func (e *Unavailable) Unwrap() error { return e.cause }

// failed tells the caller why the API server or the ledger did not do what was asked. Fields maps the fields of the object
// to those of the call.
func (l *Licenses) failed(err error, fields declaration.Fields) error {
	switch {
	case err == nil, told(err):
		return err
	case len(declaration.Conflicts(err)) > 0:
		return declaredElsewhere(err, fields)
	case apierrors.IsInvalid(err):
		return &Invalid{Problems: fields.Problems(err), cause: err}
	case apierrors.IsRequestEntityTooLargeError(err), apierrors.IsBadRequest(err):
		return &Invalid{Problems: []string{"$: " + declaration.StatusMessage(err)}, cause: err}
	case apierrors.HasStatusCause(err, "NamespaceTerminating"):
		return &Unavailable{Message: "the producer is being deleted and takes nothing new", RetryAfter: declaration.RetryAfter, cause: err}
	}
	wait, message := declaration.NotNow(err)
	return &Unavailable{Message: message, RetryAfter: wait, cause: err}
}

// told tells that the error says already what callers are to know.
func told(err error) bool {
	var refused *Error
	var missing *NotFound
	var forbidden *Forbidden
	var wrong *Invalid
	var later *Unavailable
	return errors.As(err, &refused) || errors.As(err, &missing) || errors.As(err, &forbidden) || errors.As(err, &wrong) || errors.As(err, &later)
}

// declaredElsewhere names who declares which of the fields.
func declaredElsewhere(err error, fields declaration.Fields) error {
	var problems []string
	for _, conflict := range declaration.Conflicts(err) {
		problems = append(problems, declaredBy(fields.Rename(conflict.Field), conflict.Manager))
	}
	return &Error{ID: DeclaredElsewhere, Message: strings.Join(problems, "; "), cause: err}
}

func declaredBy(field, manager string) string {
	return fmt.Sprintf("%s: is declared by %s in Kubernetes: change it there, or take it out of that declaration first", field, manager)
}
