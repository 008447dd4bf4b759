package config

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
)

const (
	shortestPeriod = 10 * time.Minute
	longestPeriod  = 24 * time.Hour
	// A period of development may be so short that a test need not wait.
	shortestDevelopmentPeriod = time.Second

	longestIdleLimit = 365 * 24 * time.Hour
	longestRetention = 30 * 24 * time.Hour
	longestLease     = 10 * time.Minute

	mostReconciles = 512
	mostLineItems  = 100_000

	// The leader's tries are up to this factor apart; a deadline within them would never be kept.
	retryJitter = 1.2
)

// Validate reports everything that is wrong: the field, the value asked for, and what is possible.
func (c OperatorConfiguration) Validate() error {
	problems := []error{
		oneOf("apiVersion", c.APIVersion, APIVersion),
		oneOf("kind", c.Kind, Kind),
		label("namespace", c.Namespace),
		within("controllers.maxConcurrentReconciles", c.Controllers.MaxConcurrentReconciles, 1, mostReconciles),
		c.Sessions.validate(),
		c.Development.validate(),
		c.LeaderElection.validate(),
		address("metrics.bindAddress", c.Metrics.BindAddress),
		within("metrics.maxLineItems", c.Metrics.MaxLineItems, 0, mostLineItems),
		address("health.bindAddress", c.Health.BindAddress),
		c.REST.validate(),
		c.Usage.validate(),
		oneOf("log.level", c.Log.Level, LevelError, LevelInfo, LevelDebug),
		oneOf("log.format", c.Log.Format, FormatJSON, FormatText),
	}
	return errors.Join(problems...)
}

func (s Sessions) validate() error {
	return errors.Join(
		s.ChargePeriod.between("sessions.chargePeriod", shortestPeriod, longestPeriod),
		grace("sessions", s.HeartbeatGrace, s.ChargePeriod),
		s.IdleLimit.between("sessions.idleLimit", time.Hour, longestIdleLimit),
		s.Retention.between("sessions.retention", 0, longestRetention),
	)
}

func (d Development) validate() error {
	if d.ChargePeriod.IsZero() {
		if d != (Development{}) {
			return errors.New("development: nothing in it counts without development.chargePeriod: set that, or remove the others")
		}
		return nil
	}
	problems := []error{
		d.ChargePeriod.between("development.chargePeriod", shortestDevelopmentPeriod, longestPeriod),
		grace("development", d.HeartbeatGrace, d.ChargePeriod),
		d.Retention.between("development.retention", 0, longestRetention),
	}
	if !d.IdleLimit.IsZero() {
		problems = append(problems, d.IdleLimit.between("development.idleLimit", time.Second, longestIdleLimit))
	}
	return errors.Join(problems...)
}

// grace must end before the next charge: a session must not be charged again before it is known to be in use.
func grace(section string, grace, period Duration) error {
	field := section + ".heartbeatGrace"
	if err := grace.between(field, 0, longestPeriod); err != nil {
		return err
	}
	if window := period.Duration / 2; period.invalid == "" && window > 0 && grace.Duration >= window {
		return fmt.Errorf("%s: %s is not possible: less than %s, half of %s.chargePeriod", field, grace, DurationOf(window), section)
	}
	return nil
}

func (l LeaderElection) validate() error {
	err := errors.Join(
		l.LeaseDuration.between("leaderElection.leaseDuration", time.Second, longestLease),
		l.RenewDeadline.between("leaderElection.renewDeadline", time.Second, longestLease),
		l.RetryPeriod.between("leaderElection.retryPeriod", 100*time.Millisecond, longestLease),
	)
	switch {
	case err != nil:
		return err
	case l.RenewDeadline.Duration >= l.LeaseDuration.Duration:
		return fmt.Errorf("leaderElection.renewDeadline: %s is not possible: less than leaderElection.leaseDuration, which is %s", l.RenewDeadline, l.LeaseDuration)
	case l.RenewDeadline.Seconds() <= retryJitter*l.RetryPeriod.Seconds():
		return fmt.Errorf("leaderElection.retryPeriod: %s is not possible: %.1f times as much must be less than leaderElection.renewDeadline, which is %s", l.RetryPeriod, retryJitter, l.RenewDeadline)
	}
	return nil
}

// nowhere is the address of what is not served.
const nowhere = "0"

func address(field, value string) error {
	if value == nowhere {
		return nil
	}
	_, port, err := net.SplitHostPort(value)
	if number, _ := strconv.Atoi(port); err == nil && len(validation.IsValidPortNum(number)) == 0 {
		return nil
	}
	return fmt.Errorf(`%s: %q is not possible: host:port or :port, with a port from 1 to 65535, or "0" for none`, field, value)
}

func oneOf(field, value string, possible ...string) error {
	if slices.Contains(possible, value) {
		return nil
	}
	return fmt.Errorf("%s: %q is not possible: %s", field, value, strings.Join(possible, ", "))
}
