package sqlstore

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// turns stands between those who change a store, until what it begins has ended: it gives the turn to one of them, and looks
// at what they did with it.
func turns(t *testing.T, s *store, begin func() error, look func(turn int)) {
	t.Helper()
	s.turn = make(chan struct{})
	done := make(chan error)
	go func() { done <- begin() }()
	defer func() {
		s.turn = make(chan struct{}, 1)
		s.turn <- struct{}{}
	}()
	for turn := 1; ; turn++ {
		select {
		case s.turn <- struct{}{}:
			<-s.turn
			look(turn)
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		}
	}
}

// newFile is an empty store.
func newFile(t *testing.T) *store {
	t.Helper()
	opened, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "usage.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return opened.(*store) //nolint:forcetypeassert // it is what was opened
}

// A charge waits a second for the store, and behind a month that is dropped it has the next turn.
func TestAMonthIsDroppedFromAFileAFewRowsATurn(t *testing.T) {
	const records = 1000
	month := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := newFile(t)
	var all []usage.Record
	for n := range records {
		id := fmt.Sprint("t-", n)
		all = append(all, usage.Record{
			ID: id + "/0", TransactionID: id, Kind: usage.Charge, Time: month.Add(time.Duration(n) * time.Minute / 2), Namespace: "acme", Instance: "desktop",
			ActivationID: fmt.Sprint("ACT", n%7), RequesterValue: fmt.Sprint("user ", n%300), Tokens: licensing.Token,
		})
	}
	if err := s.Append(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	count := func() (records, sums int) {
		t.Helper()
		if err := s.read.QueryRow("SELECT (SELECT count(*) FROM usage_records), (SELECT count(*) FROM usage_rollups)").Scan(&records, &sums); err != nil {
			t.Fatal(err)
		}
		return records, sums
	}
	hadRecords, hadSums := count()
	if hadRecords != records || hadSums < 300 {
		t.Fatalf("there are %d records and %d sums", hadRecords, hadSums)
	}
	drop := func() error { return s.Retain(t.Context(), month.AddDate(0, 1, 0)) }
	next := all[0]
	next.ID, next.TransactionID, next.Time = "next/0", "next", month.AddDate(0, 1, 0)
	appended := make(chan error, 1)
	last, appendedIn := 0, 0
	turns(t, s, drop, func(turn int) {
		records, sums := count()
		if went := max(hadRecords-records, hadSums-sums); went > 100 {
			t.Errorf("in turn %d %d records and %d sums went, want 100 of either at most", turn, hadRecords-records, hadSums-sums)
		}
		hadRecords, hadSums, last = records, sums, turn
		if turn == 3 {
			go func() { appended <- s.Append(t.Context(), []usage.Record{next}) }()
		}
		select {
		case err := <-appended:
			appendedIn = turn
			if err != nil {
				t.Error(err)
			}
		default:
		}
	})
	if hadRecords != 1 || hadSums != len(cubes) || last < records/100+300/100 {
		t.Errorf("after %d turns %d records and %d sums are left", last, hadRecords, hadSums)
	}
	if appendedIn == 0 || appendedIn == last {
		t.Errorf("who stored a record had turn %d of %d", appendedIn, last)
	}
	turns(t, s, drop, func(int) { t.Error("a turn was taken with nothing to drop") })
}

// Each turn waits for the disk, and those who store something for each turn.
func TestWhatIsKeptTakesNoTurnWhenOneThatCameLateIsDropped(t *testing.T) {
	const kept = 3000
	month := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := newFile(t)
	store := func(id string, count int, at time.Time) {
		t.Helper()
		var records []usage.Record
		for n := range count {
			id := fmt.Sprint(id, n)
			records = append(records, usage.Record{
				ID: id + "/0", TransactionID: id, Kind: usage.Charge, Time: at, Namespace: "acme", Instance: "desktop",
				ActivationID: "ACT", RequesterValue: "lisa", Tokens: licensing.Token,
			})
		}
		if err := s.Append(t.Context(), records); err != nil {
			t.Fatal(err)
		}
	}
	store("early-", 1, month)
	store("kept-", kept, month.AddDate(0, 1, 0))
	for _, late := range []string{"late-", "later-"} { // the first one goes with the early one
		store(late, 1, month)
		took := 0
		turns(t, s, func() error { return s.Retain(t.Context(), month.AddDate(0, 1, 0)) }, func(turn int) { took = turn })
		// One notes what will be gone, one drops records, one the sums of each cube, and one what came meanwhile.
		if most := 3 + len(cubes); took > most {
			t.Errorf("with %d records kept it took %d turns to drop what came %s, want %d at most", kept, took, late, most)
		}
		var left int
		if err := s.read.QueryRow("SELECT count(*) FROM usage_records").Scan(&left); err != nil || left != kept {
			t.Errorf("%d records are left, error %v, want %d", left, err, kept)
		}
	}
}
