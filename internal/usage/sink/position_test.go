package sink

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

// stage is a tailer with a store that can be restored from a backup, and a sink that takes everything.
type stage struct {
	*testing.T

	path     string
	tailer   *Tailer
	events   *events
	position Position
	oldest   time.Time
	// gone are positions that were told to be dropped before they were sent.
	gone []int64

	mu   sync.Mutex
	sent []string
}

func (s *stage) Load(context.Context) (Position, error) { return s.position, nil }

func (s *stage) Save(_ context.Context, position Position) error {
	s.position = position
	return nil
}

func (*stage) Delivered(int) {}

func (s *stage) Failed() { s.Error("an event was not taken") }

func (s *stage) Behind(oldest time.Time) { s.oldest = oldest }

func (s *stage) Dropped(positions int64) { s.gone = append(s.gone, positions) }

func (s *stage) ServeHTTP(_ http.ResponseWriter, request *http.Request) {
	var event struct{ ID string }
	if err := json.NewDecoder(request.Body).Decode(&event); err != nil {
		s.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, event.ID) // the records of one instance come one after the other
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{T: t, path: filepath.Join(t.TempDir(), "usage.db")}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	made, err := newEvents(server.URL, server.Client())
	s.check(err)
	s.events = made
	s.tailer = &Tailer{Positions: s, Observer: s, Clock: clock.RealClock{}, Log: logr.Discard()}
	s.open()
	t.Cleanup(func() { _ = s.tailer.Store.Close() })
	return s
}

func (s *stage) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) open() {
	s.Helper()
	store, err := sqlstore.OpenSQLite(s.Context(), s.path, sqlstore.Options{})
	s.check(err)
	s.tailer.Store = store
}

// backup gives what restores it.
func (s *stage) backup() (restore func()) {
	s.Helper()
	s.check(s.tailer.Store.Close())
	content, err := os.ReadFile(s.path)
	s.check(err)
	s.open()
	return func() {
		s.Helper()
		s.check(s.tailer.Store.Close())
		s.check(os.WriteFile(s.path, content, 0o600))
		s.open()
	}
}

var began = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

func (s *stage) append(names ...string) {
	s.Helper()
	var records []usage.Record
	for _, name := range names {
		records = append(records, usage.Record{
			ID: name + "/0", TransactionID: name, Kind: usage.Charge, Time: began, Namespace: "shop", Instance: "acme",
		})
	}
	s.check(s.tailer.Store.Append(s.Context(), records))
}

func named(prefix string, first, last int) (names []string) {
	for n := first; n <= last; n++ {
		names = append(names, fmt.Sprint(prefix, n))
	}
	return names
}

// send sends what there is.
func (s *stage) send() error {
	for {
		if more, err := s.tailer.next(s.Context(), s.events); err != nil || !more {
			return err
		}
	}
}

// wantSent looks at what was sent since the last time.
func (s *stage) wantSent(names ...string) {
	s.Helper()
	var want []string
	for _, name := range names {
		want = append(want, name+"/0")
	}
	if diff := cmp.Diff(want, s.taken()); diff != "" {
		s.Errorf("events (-want +got)\n%s", diff)
	}
}

func (s *stage) taken() (sent []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent, s.sent = s.sent, nil
	return sent
}

func (s *stage) wantRefused(want string) {
	s.Helper()
	s.oldest = time.Time{}
	if err := s.send(); !errors.Is(err, errStoreWentBack) || !strings.Contains(err.Error(), want) {
		s.Errorf("got %v, want %q", err, want)
	}
	s.wantSent()
	if !s.oldest.Equal(began) {
		s.Errorf("the oldest record that waits is of %s", s.oldest)
	}
}

func TestNothingIsSentFromAStoreThatWasRestoredBeforeThePositionIsRemoved(t *testing.T) {
	s := newStage(t)
	s.append(named("old-", 1, 5)...)
	restore := s.backup()
	s.append(named("lost-", 6, 10)...)
	s.check(s.send())
	s.wantSent(append(named("old-", 1, 5), named("lost-", 6, 10)...)...)
	restore()
	s.wantRefused("events were sent up to position 10, the store's newest is 5")
	s.append(named("new-", 6, 9)...)
	s.wantRefused("events were sent up to position 10, the store's newest is 9")
	s.append(named("new-", 10, 12)...)
	s.wantRefused("position 10 is that of record new-10/0 and not of lost-10/0")
	s.position = Position{}
	s.check(s.send())
	s.wantSent(append(named("old-", 1, 5), named("new-", 6, 12)...)...)
	s.append("next")
	s.check(s.send())
	s.wantSent("next")
}

func TestFromARestoredStoreThatGivesNoPositionTwiceWhatIsNewIsSent(t *testing.T) {
	s := newStage(t)
	s.append(named("old-", 1, 5)...)
	restore := s.backup()
	s.append(named("lost-", 6, 10)...)
	s.check(s.send())
	s.taken()
	restore()
	database, err := sql.Open("sqlite", s.path)
	s.check(err)
	_, err = database.Exec("UPDATE usage_counter SET position = position + 1000000000")
	s.check(errors.Join(err, database.Close()))
	s.check(s.send())
	s.wantSent()
	s.append(named("new-", 1, 3)...)
	s.check(s.send())
	s.wantSent(named("new-", 1, 3)...)
	if s.position.At != 1_000_000_008 {
		t.Errorf("the position is %d", s.position.At)
	}
}

func TestThatTheLastRecordSentWasDroppedIsNotTakenForARestoredStore(t *testing.T) {
	s := newStage(t)
	s.append(named("old-", 1, 3)...)
	s.check(s.send())
	s.taken()
	s.check(s.tailer.Store.Retain(t.Context(), began.AddDate(0, 2, 0)))
	s.check(s.send())
	s.append("next")
	s.check(s.send())
	s.wantSent("next")
	if s.gone != nil {
		t.Errorf("of %v it was said that they were not sent", s.gone)
	}
}

func TestMoreThanIsReadAtOnceIsSentOnceAndInOrder(t *testing.T) {
	s := newStage(t)
	all := named("r-", 1, 2*chunk+7)
	s.append(all...)
	s.check(s.send())
	s.wantSent(all...)
	s.check(s.send())
	s.wantSent()
}

// A position that was saved without the record is believed as far as the store has come.
func TestAPositionWithoutARecord(t *testing.T) {
	s := newStage(t)
	s.append(named("r-", 1, 5)...)
	s.position = Position{At: 3}
	s.check(s.send())
	s.wantSent("r-4", "r-5")
	s.position = Position{At: 6}
	s.wantRefused("events were sent up to position 6, the store's newest is 5")
}
