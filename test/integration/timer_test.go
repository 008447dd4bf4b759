package integration

import (
	"context"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

var timers = []story{
	{"a session whose holder sends heartbeats is charged each period", chargedEachPeriod},
	{"a producer's change of the period applies from the next charge on", periodChanged},
	{"a missed heartbeat ends the session and gives the whole last charge back", missedHeartbeat},
	{"a charge that cannot be paid ends the session", notAffordable},
	{"a session that is idle for too long ends", idleTooLong},
	{"an ended session stays readable for a while and is deleted then", collected},
}

func charged(tokens string) func(*v1alpha1.Session) error {
	return func(session *v1alpha1.Session) error {
		if totals := session.Status.Totals; totals == nil || totals.Charged.String() != tokens {
			return fmt.Errorf("totals %+v, want %s charged", totals, tokens)
		}
		return nil
	}
}

func ended(reason v1alpha1.TerminatedReason) func(*v1alpha1.Session) error {
	return func(session *v1alpha1.Session) error {
		if got := session.Status.TerminatedReason; got != reason {
			return fmt.Errorf("state %s, terminated because %q, want %s", session.Status.State, got, reason)
		}
		return nil
	}
}

func chargedEachPeriod(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	first := p.Granted(t, "lisa-barry")
	p.Hold(t, "lisa-barry")
	third := p.Session(t, "lisa-barry", charged("132"))
	if got, want := third.Status.PeriodStart.Time, first.Status.ChargedUntil.Add(terms(p.Account()).Period); !got.Equal(want) {
		t.Errorf("the third period began at %s, want %s: charges are made for their scheduled time", got, want)
	}
	event(t, p, "lisa-barry", corev1.EventTypeNormal, "AutomaticCharge")
	p.Delete(t, "lisa-barry", &v1alpha1.Session{})
	p.Gone(t, "lisa-barry", &v1alpha1.Session{})
	checkInvariants(t, p)
}

// periodChanged tells of two sessions: one that runs when the period changes, and one that begins afterwards.
func periodChanged(t *testing.T, p cluster.Producer) {
	period := func(session *v1alpha1.Session) time.Duration {
		return session.Status.ChargedUntil.Sub(session.Status.PeriodStart.Time)
	}
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	running := p.Granted(t, "lisa-barry")
	p.Apply(t, "TenantConfiguration", v1alpha1.TenantConfigurationName, `{sessionChargePeriod: 12m}`)
	cluster.Eventually(t, "the new period to be in effect", func(ctx context.Context) error {
		var configuration v1alpha1.TenantConfiguration
		err := p.Read(ctx, v1alpha1.TenantConfigurationName, &configuration)
		if got := configuration.Status.SessionChargePeriod; err == nil && got != "12m" {
			err = fmt.Errorf("in effect: %q", got)
		}
		return err
	})
	if now := p.Session(t, "lisa-barry", charged("44")); period(now) != terms(p.Account()).Period || !now.Status.ChargedUntil.Equal(running.Status.ChargedUntil) {
		t.Errorf("the running period became %s, until %s", period(now), now.Status.ChargedUntil)
	}
	p.Claim(t, "omar-diaz", three)
	if got := period(p.Granted(t, "omar-diaz")); got != 12*time.Minute {
		t.Errorf("a new session is charged for %s, want 12m", got)
	}
	next := p.Session(t, "lisa-barry", charged("88"))
	if !next.Status.PeriodStart.Equal(running.Status.ChargedUntil) || period(next) != 12*time.Minute {
		t.Errorf("the next charge is for %s from %s, want 12m from %s", period(next), next.Status.PeriodStart, running.Status.ChargedUntil)
	}
	if got := next.Status.HeartbeatDeadline.Sub(next.Status.PeriodStart.Time); got != 6*time.Minute {
		t.Errorf("the heartbeat window is %s, want 6m", got)
	}
	checkInvariants(t, p)
}

func missedHeartbeat(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	p.Granted(t, "lisa-barry")
	session := p.Session(t, "lisa-barry", ended(v1alpha1.TerminatedHeartbeatMissed))
	if totals := session.Status.Totals; totals.Charged != "88" || totals.Refunded != "44" {
		t.Errorf("charged %s and refunded %s, want 88 and the whole last charge, 44", totals.Charged, totals.Refunded)
	}
	event(t, p, "lisa-barry", corev1.EventTypeWarning, "HeartbeatMissed")
	checkInvariants(t, p)
}

func notAffordable(t *testing.T, p cluster.Producer) {
	p.Sells(t, 50)
	p.Claim(t, "lisa-barry", published)
	p.Granted(t, "lisa-barry")
	session := p.Session(t, "lisa-barry", ended(v1alpha1.TerminatedNotAffordable))
	if totals := session.Status.Totals; totals.Charged != "44" || totals.Refunded != "0" {
		t.Errorf("charged %s and refunded %s, want 44 and nothing", totals.Charged, totals.Refunded)
	}
	event(t, p, "lisa-barry", corev1.EventTypeWarning, "NotAffordable")
	checkInvariants(t, p)
}

func idleTooLong(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	p.Granted(t, "lisa-barry")
	p.Claim(t, "lisa-barry", "[]")
	p.Claim(t, "never-used", "[]")
	for _, name := range []string{"lisa-barry", "never-used"} {
		p.Session(t, name, ended(v1alpha1.TerminatedIdleTooLong))
		event(t, p, name, corev1.EventTypeWarning, "IdleTooLong")
	}
	checkInvariants(t, p)
}

func collected(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", "[]")
	session := p.Session(t, "lisa-barry", ended(v1alpha1.TerminatedIdleTooLong))
	p.Gone(t, "lisa-barry", &v1alpha1.Session{})
	if stayed := time.Since(session.Status.TerminatedTime.Time); stayed < retention {
		t.Errorf("it was there for %s, want at least %s", stayed, retention)
	}
	checkInvariants(t, p)
}
