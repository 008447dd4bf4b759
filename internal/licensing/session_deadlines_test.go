package licensing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDeadlines(t *testing.T) {
	at := func(charge, after, by float64) Deadlines { return Deadlines{minute(charge), minute(after), minute(by)} }
	for _, test := range []struct {
		name   string
		script func(*timeline)
		want   Deadlines
	}{
		{"a session that never asked has none", func(*timeline) {}, Deadlines{}},
		{"in the first period the next charge's window counts", func(l *timeline) { l.put(photoPrints("1")); l.at(30) }, at(60, 60, 90)},
		{"a charge that waits for its heartbeat comes first", func(l *timeline) { l.put(photoPrints("1")); l.at(60) }, at(120, 60, 90)},
		{"a heartbeat makes the next window count", func(l *timeline) { l.put(photoPrints("1")); l.at(70).beat(HeartbeatRecord) }, at(120, 120, 150)},
		{"an outage moves the window that is open", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(60)
			l.outages = []Outage{{minute(65), minute(75)}}
		}, at(120, 60, 100)},
		{"a window moved past the next charge goes over into that charge's", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(60)
			l.outages = []Outage{{minute(65), minute(100)}}
		}, at(120, 120, 150)},
		{"a charge made late has its whole window", func(l *timeline) { l.put(photoPrints("1")); l.wakesAt(75) }, at(120, 60, 105)},
		{"a charge that is due and not made has its window", func(l *timeline) { l.put(photoPrints("1")); l.now = minute(61) }, at(60, 60, 90)},
		{"a charge that is due and has its heartbeat leaves the one after", func(l *timeline) {
			l.put(photoPrints("1"))
			l.now = minute(61)
			l.beat(HeartbeatRecord)
		}, at(60, 120, 150)},
		{"another request begins anew", func(l *timeline) { l.put(photoPrints("1")); l.at(65).put(cadPrints("1")) }, at(125, 125, 155)},
		{"a halted session has none", func(l *timeline) { l.put(photoPrints("1")); l.at(65).put() }, Deadlines{}},
		{"an ended session has none", func(l *timeline) { l.put(photoPrints("1")); l.close() }, Deadlines{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t, purchase(act01, 1000*Token))
			test.script(l)
			got := l.session.Deadlines(l.lastHeartbeat, l.outages, l.terms)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !got.NextCharge.IsZero() {
				l.wantBeats(got)
			}
		})
	}
}

// wantBeats checks the deadlines against what heartbeats are answered.
func (l *timeline) wantBeats(deadlines Deadlines) {
	l.Helper()
	for _, moment := range []struct {
		at   time.Time
		want Heartbeat
	}{
		{deadlines.HeartbeatAfter, HeartbeatRecord},
		{deadlines.HeartbeatBy.Add(-time.Millisecond), HeartbeatRecord},
		{deadlines.HeartbeatBy, HeartbeatTooLate},
	} {
		later := *l
		later.books = l.books.Clone()
		if moment.at.After(later.now) {
			later.at(moment.at.Sub(minute(0)).Minutes())
		}
		if got := later.session.Beat(later.lastHeartbeat, later.outages, moment.at); got != moment.want && later.session.State == Active {
			l.Fatalf("a heartbeat at %s is %s, want %s", moment.at, got, moment.want)
		}
	}
}
