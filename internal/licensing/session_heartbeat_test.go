package licensing

import (
	"testing"
	"time"
)

func TestHeartbeatAnswers(t *testing.T) {
	for _, test := range []struct {
		name   string
		script func(*timeline)
		want   Heartbeat
	}{
		{"before anything was requested", func(*timeline) {}, HeartbeatUnneeded},
		{"in the first period", func(l *timeline) { l.put(photoPrints("1")); l.at(30) }, HeartbeatUnneeded},
		{"at the instant of the automatic charge", func(l *timeline) { l.put(photoPrints("1")); l.at(60) }, HeartbeatRecord},
		{"just before the window closes", func(l *timeline) { l.put(photoPrints("1")); l.at(89.99) }, HeartbeatRecord},
		{"when the window closes, though the server still waits for the grace", func(l *timeline) {
			l.terms.HeartbeatGrace = time.Minute
			l.put(photoPrints("1"))
			l.at(90).wantState(Active)
		}, HeartbeatTooLate},
		{"a second time in one window", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(70).beat(HeartbeatRecord)
			l.at(80)
		}, HeartbeatUnneeded},
		{"again after the next charge", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(70).beat(HeartbeatRecord)
			l.at(120)
		}, HeartbeatRecord},
		{"when the charge is due but not made", func(l *timeline) { l.put(photoPrints("1")); l.now = minute(61) }, HeartbeatRecord},
		{"again when the charge is due but not made", func(l *timeline) {
			l.put(photoPrints("1"))
			l.now = minute(61)
			l.beat(HeartbeatRecord)
			l.now = minute(62)
		}, HeartbeatUnneeded},
		{"after a missed window whose end nobody noticed, when the next charge is due", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(60)
			l.now = minute(125)
		}, HeartbeatTooLate},
		{"while halted", func(l *timeline) { l.put(photoPrints("1")); l.at(65).put() }, HeartbeatUnneeded},
		{"after a new timeline began inside a window", func(l *timeline) { l.put(photoPrints("1")); l.at(65).put(cadPrints("1")) }, HeartbeatUnneeded},
		{"after a close", func(l *timeline) { l.put(photoPrints("1")); l.close() }, HeartbeatTerminated},
		{"with a clock that jumped back before the charge", func(l *timeline) { l.put(photoPrints("1")); l.at(60); l.now = minute(10) }, HeartbeatRecord},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t, purchase(act01, 1000*Token))
			test.script(l)
			l.beat(test.want)
		})
	}
}

func TestGraceIsTheServersAlone(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.terms.HeartbeatGrace = 10 * time.Second
	l.put(photoPrints("1"))
	l.at(60)
	if !l.session.HeartbeatDeadline.Equal(minute(90)) {
		t.Errorf("deadline %s, want minute 90", l.session.HeartbeatDeadline)
	}
	// A beat that was answered in time, but whose record the server sees only after the deadline, saves the session.
	l.lastHeartbeat, l.now = minute(89.9), minute(90.1)
	if outcome := l.advance(); outcome.Changed {
		t.Errorf("ended: %+v", outcome)
	}
	l.lastHeartbeat = minute(59)
	l.at(90).wantState(Active)
	l.at(91).wantEnded(HeartbeatMissed)
}

func TestOutagesExtendTheWindow(t *testing.T) {
	outage := func(from, to float64) Outage { return Outage{minute(from), minute(to)} }
	for _, test := range []struct {
		name    string
		outages []Outage
		want    Due
	}{
		{"none", nil, Due{DueHeartbeatMissed, minute(90)}},
		{"before the charge", []Outage{outage(20, 50)}, Due{DueHeartbeatMissed, minute(90)}},
		{"over the charge: only what is after it counts", []Outage{outage(50, 65)}, Due{DueHeartbeatMissed, minute(95)}},
		{"inside the window", []Outage{outage(70, 80)}, Due{DueHeartbeatMissed, minute(100)}},
		{"two inside the window", []Outage{outage(65, 70), outage(80, 85)}, Due{DueHeartbeatMissed, minute(100)}},
		{"the second begins in the time the first gave", []Outage{outage(80, 89), outage(95, 100)}, Due{DueHeartbeatMissed, minute(104)}},
		{"over the end of the window: what was left of it comes after", []Outage{outage(85, 100)}, Due{DueHeartbeatMissed, minute(105)}},
		{"from the end of the window", []Outage{outage(90, 100)}, Due{DueHeartbeatMissed, minute(90)}},
		{"past the next charge: that charge's window takes over", []Outage{outage(70, 110)}, Due{DueAutomaticCharge, minute(120)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t, purchase(act01, 1000*Token))
			l.put(photoPrints("1"))
			l.at(60)
			l.outages = test.outages
			l.wantDue(test.want.Event, test.want.At.Sub(minute(0)).Minutes())
			l.now = test.want.At.Add(-time.Nanosecond)
			l.beat(HeartbeatRecord)
		})
	}
}

func TestWindowPastTheNextChargeGoesOverIntoItsWindow(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.put(photoPrints("1"))
	l.at(60)
	l.outages = []Outage{{minute(70), minute(118)}}
	l.now = minute(121)
	l.beat(HeartbeatRecord)
	l.at(149).wantState(Active)
	l.wantUsed(used("9"))
	l.wantDue(DueAutomaticCharge, 180)
}

func TestABeatAfterAMovedWindowCountsForTheChargeThatIsDue(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.put(photoPrints("1"))
	l.at(60)
	l.outages = []Outage{{minute(70), minute(118)}}
	l.now = minute(145)
	l.beat(HeartbeatRecord)
	l.wakesAt(146).wantState(Active)
	l.wantDue(DueAutomaticCharge, 180)
}

func TestAForgivenPeriodForgivesTheWindowBeforeItToo(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.put(photoPrints("1"))
	l.at(60)
	l.outages = []Outage{{minute(70), minute(155)}}
	l.wakesAt(155)
	l.wantCauses(CauseAccess, CauseAutomaticCharge, CausePeriodForgiven)
	l.at(179).wantState(Active)
	l.wantDue(DueAutomaticCharge, 180)
	l.wantUsed(used("6"))
}

func TestOutageBeforeALateChargeCountsOnce(t *testing.T) {
	for _, test := range []struct {
		name   string
		outage Outage
	}{
		{"down since long before the charge", Outage{minute(20), minute(80)}},
		{"down since just after the charge was due", Outage{minute(62), minute(80)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t, purchase(act01, 1000*Token))
			l.put(photoPrints("1"))
			l.outages = []Outage{test.outage}
			l.wakesAt(80)
			l.wantUsed(used("6"))
			l.wantDue(DueHeartbeatMissed, 110)
			l.at(110).wantEnded(HeartbeatMissed)
			l.wantUsed(used("3"))
		})
	}
}

func TestOutageOverSeveralPeriods(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.put(photoPrints("1"))
	l.at(60)
	l.outages = []Outage{{minute(80), minute(500)}}
	l.wakesAt(500)
	// The window of 60 was cut short, 120 to 420 passed unanswered, 480 is still open.
	l.wantUsed(used("9"))
	l.wantDue(DueHeartbeatMissed, 530)
}
