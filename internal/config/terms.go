package config

import (
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const (
	// The proportions of the defaults: 30 days of idle limit to an hour of period.
	developmentIdlePeriods = 720
	developmentGraceParts  = 10
	// A session that has ended should stay long enough for a person to look at it.
	developmentRetention = time.Minute
)

// InDevelopment tells whether the configuration is one that must not be used in production.
func (c OperatorConfiguration) InDevelopment() bool { return !c.Development.ChargePeriod.IsZero() }

// Terms are the terms that sessions are charged on.
func (c OperatorConfiguration) Terms() licensing.Terms {
	sessions := c.effectiveSessions()
	return licensing.Terms{
		Period: sessions.ChargePeriod.Duration,
		// Half the period, which is the 30 minutes of the default.
		HeartbeatWindow: sessions.ChargePeriod.Duration / 2,
		HeartbeatGrace:  sessions.HeartbeatGrace.Duration,
		IdleLimit:       sessions.IdleLimit.Duration,
	}
}

// Retention is how long a session that has ended stays readable.
func (c OperatorConfiguration) Retention() time.Duration {
	return c.effectiveSessions().Retention.Duration
}

func (c OperatorConfiguration) effectiveSessions() Sessions {
	if !c.InDevelopment() {
		return c.Sessions
	}
	period := c.Development.ChargePeriod
	return Sessions{
		ChargePeriod:     period,
		HeartbeatGrace:   givenOr(c.Development.HeartbeatGrace, period.Duration/developmentGraceParts),
		IdleLimit:        givenOr(c.Development.IdleLimit, period.Duration*developmentIdlePeriods),
		Retention:        givenOr(c.Development.Retention, max(period.Duration, developmentRetention)),
		TimezoneTolerant: c.Sessions.TimezoneTolerant,
	}
}

func givenOr(given Duration, otherwise time.Duration) Duration {
	if given.IsZero() {
		return DurationOf(otherwise)
	}
	return given
}
