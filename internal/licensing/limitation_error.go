package licensing

import "fmt"

// LimitationReason says why a request about a limitation makes no sense, as opposed to being refused for lack of quota,
// which is an ordinary result.
type LimitationReason string

const (
	// StaticLimitation is one that the client counts for itself; the server keeps no balance of it.
	StaticLimitation LimitationReason = "StaticLimitation"
	// InvalidValue is a consumption of zero, less than zero, or more than can be accounted for.
	InvalidValue LimitationReason = "InvalidValue"
	// ProvisionedByUser is a plain consumption of a limitation that only named users hold.
	ProvisionedByUser LimitationReason = "ProvisionedByUser"
	// NotProvisionedByUser is a provisioning of a limitation that is consumed.
	NotProvisionedByUser LimitationReason = "NotProvisionedByUser"
	// InactiveUser is a provisioning for a user who is switched off.
	InactiveUser LimitationReason = "InactiveUser"
	// UnknownTransaction is a revocation of what the user does not hold, or holds no more.
	UnknownTransaction LimitationReason = "UnknownTransaction"
	// UserLimitReached is more active users than the license allows.
	UserLimitReached LimitationReason = "UserLimitReached"
)

// LimitationError is a request that was refused for what it is; the state is unchanged.
type LimitationError struct {
	Reason  LimitationReason
	Message string
}

// Error is the message alone: the reason is for programs.
func (e *LimitationError) Error() string { return e.Message }

func limitationErrorf(reason LimitationReason, format string, args ...any) error {
	return &LimitationError{Reason: reason, Message: fmt.Sprintf(format, args...)}
}
