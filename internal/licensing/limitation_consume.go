package licensing

import "time"

// ConsumeResult answers a consumption.
type ConsumeResult struct {
	Granted bool
	// Message says why not; empty if granted.
	Message string
	// ConsumedAt is the server's time, but never before the period the value was counted in, not even if the server's
	// clock was behind.
	ConsumedAt time.Time
	Standing
}

// Consume takes value from the limitation, the whole of it or nothing. A lack of quota is a result, not an error: it is
// an everyday answer with figures that clients show. The returned balance is the one to store, also after a refusal,
// which may have been the first to see a new period.
func Consume(l Limitation, balance Balance, value Tokens, now time.Time) (ConsumeResult, Balance, error) {
	if err := l.Consumable(); err != nil {
		return ConsumeResult{}, balance, err
	}
	if value <= 0 {
		return ConsumeResult{}, balance, limitationErrorf(InvalidValue, "value: %s, must be more than 0", value)
	}
	current := balance.At(l, now)
	total, err := current.Consumed.Add(value)
	if err != nil || total > maxConsumed {
		return ConsumeResult{}, balance, limitationErrorf(InvalidValue, "value: %s on top of %s is more than can be accounted for", value, current.Consumed)
	}
	if !l.admits(total) {
		return ConsumeResult{Message: l.refusal(value, current.Consumed), Standing: current.Standing(l, now)}, current, nil
	}
	current.Consumed = total
	return ConsumeResult{Granted: true, ConsumedAt: later(now, current.LastReset), Standing: current.Standing(l, now)}, current, nil
}

// maxConsumed leaves room for the remaining quota to be computed, whatever the limit.
const maxConsumed = MaxTokens - MaxLimit*Token

// Rollback gives a consumption back. One that was counted in an earlier period is gone from the balance already.
func Rollback(l Limitation, balance Balance, consumed Consumption, now time.Time) (Balance, error) {
	if err := l.Consumable(); err != nil {
		return balance, err
	}
	current := balance.At(l, now)
	if consumed.Period == current.Period {
		// Never below zero, not even for a record that a recount did not find.
		current.Consumed = max(0, current.Consumed-consumed.Value)
	}
	return current, nil
}

// Consumable refuses limitations that keep no balance of consumptions.
func (l Limitation) Consumable() error {
	switch {
	case l.ResetMode == ResetDisabled:
		return limitationErrorf(StaticLimitation, "limitation %q is static: it is not consumed", l.label())
	case l.UserProvisioning:
		return limitationErrorf(ProvisionedByUser, "limitation %q is provisioned to named users: it is not consumed", l.label())
	}
	return nil
}
