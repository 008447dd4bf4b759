package sink

import (
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// appendAt stores records of another month.
func (s *stage) appendAt(at time.Time, names ...string) {
	s.Helper()
	for _, name := range names {
		s.check(s.tailer.Store.Append(s.Context(), []usage.Record{{
			ID: name + "/0", TransactionID: name, Kind: usage.Charge, Time: at, Namespace: "shop", Instance: "acme",
		}}))
	}
}

func (s *stage) logged() *[]string {
	lines := &[]string{}
	s.tailer.Log = funcr.New(func(_, args string) { *lines = append(*lines, args) }, funcr.Options{})
	return lines
}

func TestWhatWasDroppedBeforeItWasSentIsTold(t *testing.T) {
	s := newStage(t)
	log := s.logged()
	february := began.AddDate(0, 1, 0)
	s.append(named("sent-", 1, 2)...)
	s.check(s.send())
	s.append(named("lost-", 3, 5)...)
	s.appendAt(february, "kept-6", "kept-7")
	s.check(s.tailer.Store.Retain(t.Context(), february))
	// As after a restart.
	s.tailer = &Tailer{Store: s.tailer.Store, Positions: s, Observer: s, Clock: s.tailer.Clock, Log: s.tailer.Log}
	s.taken()
	s.check(s.send())
	s.check(s.send())
	s.wantSent("kept-6", "kept-7")
	if diff := cmp.Diff([]int64{3}, s.gone); diff != "" {
		t.Errorf("told to be dropped (-want +got):\n%s", diff)
	}
	if len(*log) != 1 || !strings.Contains((*log)[0], `"after"=2 "upTo"=5`) || !strings.Contains((*log)[0], "usage.retention") {
		t.Errorf("the log says %q", *log)
	}

	// The sink takes nothing, until that month has gone as well, and nothing comes after it.
	s.appendAt(february, "lost-8")
	s.check(s.tailer.Store.Retain(t.Context(), february.AddDate(0, 1, 0)))
	s.check(s.send())
	s.check(s.send())
	s.wantSent()
	if diff := cmp.Diff([]int64{3, 1}, s.gone); diff != "" || len(*log) != 2 {
		t.Errorf("told to be dropped (-want +got):\n%s\nThe log says %q", diff, *log)
	}
}

// Nobody has promised a new sink what was dropped before; what is dropped from then on is missing.
func TestANewSinkBeginsAtWhatThereIs(t *testing.T) {
	s := newStage(t)
	log := s.logged()
	february := began.AddDate(0, 1, 0)
	s.append(named("old-", 1, 3)...)
	s.check(s.tailer.Store.Retain(t.Context(), february))
	s.check(s.send())
	if s.gone != nil || len(*log) > 0 {
		t.Errorf("%v are told to be dropped: %q", s.gone, *log)
	}
	s.appendAt(february, "lost-4")
	s.check(s.tailer.Store.Retain(t.Context(), february.AddDate(0, 1, 0)))
	s.check(s.send())
	if diff := cmp.Diff([]int64{1}, s.gone); diff != "" {
		t.Errorf("told to be dropped (-want +got):\n%s", diff)
	}
}

func TestTheBacklogBeginsWithTheFirstRecordThatWasNotTaken(t *testing.T) {
	s := newStage(t)
	february := began.AddDate(0, 1, 0)
	backlog := &Backlog{Store: s.tailer.Store, Positions: s}
	want := func(want time.Time) {
		t.Helper()
		got, err := backlog.Oldest(t.Context())
		if s.check(err); !got.Equal(want) {
			t.Errorf("it begins at %s, want %s", got, want)
		}
	}
	want(time.Time{})
	s.append("a")
	want(began)
	s.check(s.send())
	want(time.Time{})
	s.appendAt(february, "b", "c")
	want(february)
	s.position = Position{At: 9}
	want(began) // the store went back: nobody knows what was sent
}
