package licensing

import (
	"strings"
	"testing"
	"time"
)

func TestAutomaticChargeUsesTheTableOfItsTime(t *testing.T) {
	dearer := publicationApps()
	dearer.Name, dearer.Version, dearer.EffectiveFrom = "publication-apps-2", "2", minute(90)
	dearer.Rates = map[ItemKey]Rate{{photoPrint, "1.0"}: FixedRate(6 * Token)}
	both := NewRateTables([]*RateTable{publicationApps(), dearer})
	t.Run("a new price applies from the next charge, refunds are of what was charged", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.catalog.RateTables = both
		l.put(photoPrints("1"))
		l.at(60).beat(HeartbeatRecord)
		l.at(110).wantUsed(used("6"))
		l.at(120).beat(HeartbeatRecord)
		l.wantUsed(used("12"))
		l.at(150).close()
		l.wantUsed(used("9"))
	})
	t.Run("a late charge is made at the price of its scheduled time", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		dearer.EffectiveFrom = minute(65)
		l.catalog.RateTables = NewRateTables([]*RateTable{publicationApps(), dearer})
		l.put(photoPrints("1"))
		l.wakesAt(70).wantUsed(used("6"))
	})
	t.Run("an item that vanished from the newest table ends the session", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.catalog.RateTables = both
		l.put(cadPrints("1"))
		l.at(60).beat(HeartbeatRecord)
		l.at(120).wantEnded(NotAffordable)
		l.wantUsed(used("14"))
	})
}

func TestAutomaticChargeIsAllOrNothing(t *testing.T) {
	l := newTimeline(t, purchase(act01, 20*Token))
	l.put(photoPrints("1"), cadPrints("1"))
	l.at(59).oneOff(photoPrints("1"))
	l.now = minute(60)
	outcome := l.advance()
	l.wantEnded(NotAffordable)
	l.wantUsed(used("13"))
	if want := "item CADPrint 2.0: count 1 at rate 7 requires 7 tokens, 4 are available"; outcome.Message != want {
		t.Errorf("message %q, want %q", outcome.Message, want)
	}
	if got := statusesOf(outcome.Items)[photoPrint]; got != ItemNotCharged {
		t.Errorf("the affordable item is %s, want %s", got, ItemNotCharged)
	}
}

func TestLineItemExpiresInsideAPaidPeriod(t *testing.T) {
	expiring, lasting := purchase("expiring", 100*Token), purchase("lasting", 100*Token)
	expiring.End = minute(30)
	t.Run("the period stays paid and its refund goes back", func(t *testing.T) {
		l := newTimeline(t, expiring, lasting)
		l.put(photoPrints("1"))
		l.at(40).close()
		l.wantUsed(map[string]string{"expiring": "2"})
	})
	t.Run("the next charge skips it", func(t *testing.T) {
		l := newTimeline(t, expiring, lasting)
		l.put(photoPrints("1"))
		l.at(60).wantUsed(map[string]string{"expiring": "3", "lasting": "3"})
		if l.session.HoldsChargeOn("expiring") || !l.session.HoldsChargeOn("lasting") {
			t.Error("only what the running period was charged on is in use")
		}
	})
	t.Run("a late charge is made on what was valid at its scheduled time", func(t *testing.T) {
		expiring.End = minute(61)
		l := newTimeline(t, expiring, lasting)
		l.put(photoPrints("1"))
		l.wakesAt(65).wantUsed(map[string]string{"expiring": "6"})
	})
}

func TestPeriodChangeAppliesFromTheNextCharge(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.put(photoPrints("1"))
	l.terms.Period, l.terms.HeartbeatWindow = 2*time.Hour, time.Hour
	l.wantDue(DueAutomaticCharge, 60)
	l.at(61).beat(HeartbeatRecord)
	l.wantDue(DueAutomaticCharge, 180)
	// A refund is in proportion to the period that was paid, whatever the setting is by then.
	l.terms.Period, l.terms.HeartbeatWindow = 10*time.Minute, 5*time.Minute
	l.at(90).close()
	l.wantUsed(used("3.75"))
}

func TestLoweredQuantityEndsTheSessionAtItsNextCharge(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.put(photoPrints("10"))
	l.lineItem(act01, func(item *LineItem) { item.Quantity = Token })
	l.at(59).wantState(Active)
	l.at(60).wantEnded(NotAffordable)
	l.wantUsed(used("30"))
}

func TestMissedTicks(t *testing.T) {
	for _, test := range []struct {
		name   string
		script func(*timeline)
		used   string
		due    Due
		causes []Cause
	}{
		{"a charge is late, within its window: it is made for its scheduled time", func(l *timeline) { l.wakesAt(75) },
			"6", Due{DueHeartbeatMissed, minute(105)}, []Cause{CauseAccess, CauseAutomaticCharge}},
		{"a charge is late by less than the grace: the window does not move", func(l *timeline) {
			l.terms.HeartbeatGrace = time.Minute
			l.wakesAt(60.5)
		}, "6", Due{DueHeartbeatMissed, minute(91)}, []Cause{CauseAccess, CauseAutomaticCharge}},
		{"a window passed unanswered: the period is forgiven", func(l *timeline) { l.wakesAt(100) },
			"3", Due{DueAutomaticCharge, minute(120)}, []Cause{CauseAccess, CausePeriodForgiven}},
		{"many windows passed: the last one still open is charged", func(l *timeline) { l.wakesAt(500) },
			"6", Due{DueHeartbeatMissed, minute(530)}, []Cause{CauseAccess, CauseAutomaticCharge}},
		{"many windows passed, the last one too", func(l *timeline) { l.wakesAt(520) },
			"3", Due{DueAutomaticCharge, minute(540)}, []Cause{CauseAccess, CausePeriodForgiven}},
		{"a window passed, answered in time: the period is charged", func(l *timeline) {
			l.now = minute(70)
			l.beat(HeartbeatRecord)
			l.beat(HeartbeatUnneeded)
			l.wakesAt(100)
		}, "6", Due{DueAutomaticCharge, minute(120)}, []Cause{CauseAccess, CauseAutomaticCharge}},
		{"two charges are due, in order: one answered, one still open", func(l *timeline) {
			l.now = minute(70)
			l.beat(HeartbeatRecord)
			l.wakesAt(125)
		}, "9", Due{DueHeartbeatMissed, minute(155)}, []Cause{CauseAccess, CauseAutomaticCharge, CauseAutomaticCharge}},
		{"the first window unanswered, the second answered", func(l *timeline) {
			l.now = minute(130)
			l.beat(HeartbeatRecord)
			l.wakesAt(170)
		}, "6", Due{DueAutomaticCharge, minute(180)}, []Cause{CauseAccess, CauseAutomaticCharge}},
		{"a forgiven period is free: no heartbeat, no refund", func(l *timeline) {
			l.wakesAt(100).beat(HeartbeatUnneeded)
			l.at(110).close()
		}, "3", Due{}, []Cause{CauseAccess, CausePeriodForgiven, CauseClosed}},
		{"after a forgiven period the grid is the old one", func(l *timeline) { l.wakesAt(100).at(120) },
			"6", Due{DueHeartbeatMissed, minute(150)}, []Cause{CauseAccess, CausePeriodForgiven, CauseAutomaticCharge}},
		{"a missed heartbeat is noticed late", func(l *timeline) {
			l.at(60)
			l.wakesAt(5000)
		}, "3", Due{}, []Cause{CauseAccess, CauseAutomaticCharge, CauseHeartbeatMissed}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t, purchase(act01, 1000*Token))
			l.put(photoPrints("1"))
			test.script(l)
			l.wantUsed(used(test.used))
			l.wantCauses(test.causes...)
			if got, _ := l.session.NextDue(l.lastHeartbeat, l.outages, l.terms); got.Event != test.due.Event || !got.At.Equal(test.due.At) {
				t.Errorf("next due %+v, want %+v", got, test.due)
			}
		})
	}
}

func TestAdvanceBeforeAnythingIsDueChangesNothing(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.put(photoPrints("1"))
	for _, m := range []float64{-1000, 0, 59.99} {
		l.now = minute(m)
		if outcome := l.advance(); outcome.Verdict != Unchanged {
			t.Errorf("at minute %v: %+v", m, outcome)
		}
	}
}

func TestEntriesTellTheWholeStory(t *testing.T) {
	l := newTimeline(t, twoLineItems()...)
	l.put(photoPrints("1"), cadPrints("8"))
	l.at(30).close()
	var got []string
	for _, entry := range l.entries {
		got = append(got, strings.Join([]string{string(entry.Kind), entry.Item, entry.Version, entry.Count.String(), entry.Rate.String(),
			entry.Series, entry.RateTable, entry.ActivationID, entry.Tokens.String()}, " "))
	}
	want := `Charge PhotoPrint 1.0 1 3 PublicationApps 1 ACT01 3
Charge CADPrint 2.0 8 7 PublicationApps 1 ACT01 7
Charge CADPrint 2.0 8 7 PublicationApps 1 ACT02 49
Refund PhotoPrint 1.0 1 3 PublicationApps 1 ACT01 1.5
Refund CADPrint 2.0 8 7 PublicationApps 1 ACT01 3.5
Refund CADPrint 2.0 8 7 PublicationApps 1 ACT02 24.5`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestChargesKeepTheirOwnGridNotClockHours(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.at(17.5).put(photoPrints("1"))
	l.at(77.4).wantUsed(used("3"))
	l.at(77.5).beat(HeartbeatRecord)
	l.wantUsed(used("6"))
	l.wantDue(DueAutomaticCharge, 137.5)
	// A tick that is made late does not move the grid.
	l.wakesAt(140).wantDue(DueHeartbeatMissed, 170)
	l.beat(HeartbeatRecord)
	l.wantDue(DueAutomaticCharge, 197.5)
}
