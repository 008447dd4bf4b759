package authentication

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrUnavailable reports that it cannot be found out now who calls. The token may be good: ask again.
var ErrUnavailable = errors.New("the caller cannot be authenticated now, try again")

// Refusal reports a call whose caller is not known.
type Refusal struct {
	// Message is for the caller. It tells nothing that only a caller who is known should know.
	Message string
	// Anonymous is a call that brought no token.
	Anonymous bool

	cause error
}

// Error is for the log: it has the cause too.
func (r *Refusal) Error() string {
	if r.cause == nil {
		return r.Message
	}
	return r.Message + ": " + r.cause.Error()
}

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.cause }

// Challenge is the value of WWW-Authenticate (RFC 6750, 3). A call without a token is told of no error.
func (r *Refusal) Challenge() string {
	if r.Anonymous {
		return "Bearer"
	}
	return `Bearer error="invalid_token", error_description="` + strings.Map(describable, r.Message) + `"`
}

// describable keeps to the characters that a description may have.
func describable(c rune) rune {
	switch {
	case c == '"':
		return '\''
	case c < ' ' || c > '~' || c == '\\':
		return '?'
	}
	return c
}

func refuse(format string, args ...any) *Refusal {
	return &Refusal{Message: fmt.Sprintf(format, args...)}
}

// quote makes what a token says fit for a message: nobody vouches for it.
func quote(text string) string {
	const enough = 128
	if len(text) > enough {
		return strconv.QuoteToASCII(strings.ToValidUTF8(text[:enough], "")) + "..."
	}
	return strconv.QuoteToASCII(text)
}

func unavailable(err error) error { return fmt.Errorf("%w: %w", ErrUnavailable, err) }
