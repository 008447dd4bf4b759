package licensing

import "fmt"

// FloatingReason says why a session was refused.
type FloatingReason string

const (
	// SessionLimitReached is as many open sessions as the license allows.
	SessionLimitReached FloatingReason = "SessionLimitReached"
	// ClientSessionLimitReached is as many open sessions as one client may have.
	ClientSessionLimitReached FloatingReason = "ClientSessionLimitReached"
	// UserHasSession is another session of the same person.
	UserHasSession FloatingReason = "UserHasSession"
	// CheckoutPeriodInvalid is a hold that nobody can have.
	CheckoutPeriodInvalid FloatingReason = "CheckoutPeriodInvalid"
	// UserIDRequired is a request that does not name the person.
	UserIDRequired FloatingReason = "UserIDRequired"
	// SessionIDRequired is a request that does not name the session.
	SessionIDRequired FloatingReason = "SessionIDRequired"
	// TooManySessions is more than a register holds, whatever the license allows.
	TooManySessions FloatingReason = "TooManySessions"
)

// FloatingError is a session that was refused; the register is unchanged.
type FloatingError struct {
	Reason  FloatingReason
	Message string
}

// Error is the message alone: the reason is for programs.
func (e *FloatingError) Error() string { return e.Message }

func floatingErrorf(reason FloatingReason, format string, args ...any) error {
	return &FloatingError{Reason: reason, Message: fmt.Sprintf(format, args...)}
}
