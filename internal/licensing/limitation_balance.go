package licensing

import "time"

// Balance is what has been consumed of a limitation since its last reset. The first "reset" is the creation of the
// license, from which periods of n days count.
type Balance struct {
	Consumed  Tokens    `json:"consumed"`
	LastReset time.Time `json:"lastReset"`
	// Period counts the resets that were stored. What was consumed names its period by it: clocks differ, so that times
	// cannot tell on which side of a reset it was. Zero was never consumed from.
	Period int64 `json:"period,omitempty"`
}

// Begun is the balance from the time on from which its first period counts, if nothing was consumed yet. What was held of
// the limitation while it was provisioned to users is not consumed.
func (b Balance) Begun(began time.Time) Balance {
	if b.Period > 0 {
		return b
	}
	return Balance{LastReset: began, Period: 1}
}

// At returns the balance as it stands at a time, with the resets applied that have passed since. Resets are computed
// whenever a balance is looked at rather than made by a timer, so that a late timer never shows a stale quota. A clock
// that runs behind the one that made the last reset finds no later period, and so does not undo the reset.
func (b Balance) At(l Limitation, now time.Time) Balance {
	start, ok := periodStart(l.ResetMode, l.ResetPeriodDays, b.LastReset, now)
	if !ok || !start.After(b.LastReset) {
		return b
	}
	return Balance{LastReset: start, Period: b.Period + 1}
}

// Standing is a limitation's figures as clients see them.
type Standing struct {
	Balance Tokens
	// Remaining is limit minus balance, without goodwill: below zero it shows how much goodwill is used. Nil is unlimited.
	Remaining *Tokens
	Limit     *int64
	Goodwill  Tokens
	LastReset time.Time
	// NextReset is nil if the balance is never reset.
	NextReset *time.Time
}

// Standing returns the figures at a time. It decides nothing, so it also serves to look without consuming.
func (b Balance) Standing(l Limitation, now time.Time) Standing {
	b = b.At(l, now)
	standing := Standing{Balance: b.Consumed, Limit: l.Limit, Goodwill: l.Goodwill, LastReset: b.LastReset}
	if l.Limit != nil {
		remaining := Tokens(*l.Limit)*Token - b.Consumed
		standing.Remaining = &remaining
	}
	if next, ok := NextReset(l.ResetMode, l.ResetPeriodDays, b.LastReset); ok {
		standing.NextReset = &next
	}
	return standing
}

// Standing returns the figures of the limitation by its balance, whatever its kind. The first period counts from the time
// at which the license began.
func (l Limitation) Standing(balance Balance, began, now time.Time) Standing {
	if l.UserProvisioning {
		return l.HeldStanding(balance.Held())
	}
	return balance.Begun(began).Standing(l, now)
}

// Held is the number of units that are held of a limitation that is provisioned to users.
func (b Balance) Held() int64 { return int64(b.Consumed / Token) }

// Reset starts a new period now, on an administrator's word. It is refused for user provisioning, where it would free
// units that are still held.
func (b Balance) Reset(l Limitation, now time.Time) (Balance, error) {
	if err := l.Consumable(); err != nil {
		return b, err
	}
	return Balance{LastReset: later(now, b.LastReset), Period: b.Period + 1}, nil
}
