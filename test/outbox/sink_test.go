package outbox

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sink"
)

// warehouse takes events, unless it is out of order.
type warehouse struct {
	*httptest.Server

	mu sync.Mutex
	// fails tells what it answers to its n-th request; 0 is that it takes the event.
	fails    func(n int) int
	requests int
	events   []cloudevents.Event
	types    map[string]int
}

func openWarehouse(t *testing.T) *warehouse {
	t.Helper()
	w := &warehouse{fails: func(int) int { return 0 }, types: map[string]int{}}
	w.Server = httptest.NewServer(w)
	t.Cleanup(w.Close)
	return w
}

func (w *warehouse) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests++
	w.types[request.Header.Get("Content-Type")]++
	event, err := cehttp.NewEventFromHTTPRequest(request)
	if err != nil {
		answer.WriteHeader(http.StatusBadRequest)
		return
	}
	if status := w.fails(w.requests); status != 0 {
		answer.WriteHeader(status)
		return
	}
	w.events = append(w.events, *event)
}

// of are the ids of the events about an account, each once, in the order in which they came first.
func (w *warehouse) of(account ledger.AccountID) (ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := map[string]bool{}
	for _, event := range w.events {
		if event.Source() == "/"+account.String() && !seen[event.ID()] {
			seen[event.ID()] = true
			ids = append(ids, event.ID())
		}
	}
	return ids
}

func wanted(account ledger.AccountID, last int) (ids []string) {
	for sequence := range last {
		ids = append(ids, fmt.Sprintf("%s-%d/0", account.Name, sequence+1))
	}
	return ids
}

type progress struct {
	mu                sync.Mutex
	delivered, failed int
	oldest            time.Time
}

func (p *progress) Delivered(events int) { p.mu.Lock(); p.delivered += events; p.mu.Unlock() }

func (p *progress) Failed() { p.mu.Lock(); p.failed++; p.mu.Unlock() }

func (p *progress) Behind(oldest time.Time) { p.mu.Lock(); p.oldest = oldest; p.mu.Unlock() }

func (p *progress) Dropped(int64) {}

// tail has a sink run until the test ends, or until the function is called.
func tail(t *testing.T, s usage.Store, to *warehouse, seen *progress) (stop func()) {
	t.Helper()
	tailer := &sink.Tailer{
		Store: s, Positions: &kubestore.SinkPosition{Accounts: spill.Accounts}, URL: to.URL, HTTP: to.Client(),
		Clock: clock.RealClock{}, Log: logr.Discard(), Observer: seen,
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = tailer.Start(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// fromTheBeginning forgets how far the sink of another test has come.
func fromTheBeginning(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		_ = spill.Accounts.Delete(context.Background(), kubestore.SinkPositionName, metav1.DeleteOptions{})
	})
}

func (w *warehouse) wantEvents(t *testing.T, account ledger.AccountID, last int) {
	t.Helper()
	eventually(t, func() error {
		if got := len(w.of(account)); got < last {
			return fmt.Errorf("%d events have come, want %d", got, last)
		}
		return nil
	})
	if diff := cmp.Diff(wanted(account, last), w.of(account)); diff != "" {
		t.Errorf("events of %s (-want +got)\n%s", account, diff)
	}
}

// wantPosition waits until the sink has saved how far it has come.
func wantPosition(t *testing.T, want sink.Position) {
	t.Helper()
	eventually(t, func() error {
		position, err := (&kubestore.SinkPosition{Accounts: spill.Accounts}).Load(t.Context())
		if err == nil && position != want {
			return fmt.Errorf("the position is %+v, want %+v", position, want)
		}
		return err
	})
}

func TestTheSinkIsToldOfEveryRecordInOrderAlthoughItFailsAtTimes(t *testing.T) {
	fromTheBeginning(t)
	s, first, second := openStore(t), newAccount(t), newAccount(t)
	w, seen := openWarehouse(t), &progress{}
	w.fails = func(n int) int {
		return map[int]int{0: http.StatusServiceUnavailable, 3: http.StatusTooManyRequests, 5: http.StatusBadRequest}[n%7]
	}
	box, _ := start(t, options(s))
	record(t, box, first, 1, 20)
	stop := tail(t, s, w, seen)
	record(t, box, second, 1, 5)
	w.wantEvents(t, first, 20)
	w.wantEvents(t, second, 5)
	stop()
	record(t, box, first, 21, 30)
	tail(t, s, w, seen)
	w.wantEvents(t, first, 30)
	eventually(t, func() error {
		seen.mu.Lock()
		defer seen.mu.Unlock()
		if seen.failed == 0 || seen.delivered < 35 || !seen.oldest.IsZero() {
			return fmt.Errorf("%d were delivered, %d failed, the oldest is of %s", seen.delivered, seen.failed, seen.oldest)
		}
		return nil
	})
}

func TestWhatTheSinkHasTakenIsNotSentAgainByTheNextLeader(t *testing.T) {
	fromTheBeginning(t)
	s, account := openStore(t), newAccount(t)
	w, seen := openWarehouse(t), &progress{}
	box, _ := start(t, options(s))
	record(t, box, account, 1, 10)
	stop := tail(t, s, w, seen)
	w.wantEvents(t, account, 10)
	wantPosition(t, sink.Position{At: 10, Record: wanted(account, 10)[9]})
	stop()
	record(t, box, account, 11, 12)
	tail(t, s, w, seen)
	w.wantEvents(t, account, 12)
	if len(w.events) != 12 {
		t.Errorf("%d events were sent, want 12", len(w.events))
	}
}

func TestASinkThatIsDownHoldsUpNoRecord(t *testing.T) {
	fromTheBeginning(t)
	s, account := openStore(t), newAccount(t)
	w, seen := openWarehouse(t), &progress{}
	var mu sync.Mutex
	broken := true
	w.fails = func(int) int {
		mu.Lock()
		defer mu.Unlock()
		if broken {
			return http.StatusInternalServerError
		}
		return 0
	}
	tail(t, s, w, seen)
	box, _ := start(t, options(s))
	for n := range 20 {
		record(t, box, account, n+1, n+1)
	}
	wantStored(t, s, account, 20)
	eventually(t, func() error {
		seen.mu.Lock()
		defer seen.mu.Unlock()
		if want := transactions(account, 1, 1)[0].Time; !seen.oldest.Equal(want) {
			return fmt.Errorf("the oldest is of %s, want %s", seen.oldest, want)
		}
		return nil
	})
	mu.Lock()
	broken = false
	mu.Unlock()
	w.wantEvents(t, account, 20)
}

func TestAnEventSaysWhatTheRecordSays(t *testing.T) {
	fromTheBeginning(t)
	s, account := openStore(t), newAccount(t)
	w := openWarehouse(t)
	box, _ := start(t, options(s))
	record(t, box, account, 1, 1)
	tail(t, s, w, &progress{})
	w.wantEvents(t, account, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	event := w.events[0]
	got := []any{event.Type(), event.Source(), event.Subject(), event.Time().UTC(), event.DataContentType(), event.Extensions()["partitionkey"], event.Extensions()["sequence"]}
	want := []any{
		"dev.licensing-operator.usage.Charge", "/" + account.String(), account.Name + "-1", transactions(account, 1, 1)[0].Time, "application/json",
		"/" + account.String(), "0000000000000000001",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var data usage.Record
	if err := event.DataAs(&data); err != nil {
		t.Fatal(err)
	}
	data.Position = 0
	if diff := cmp.Diff(usage.RecordsOf(account, transactions(account, 1, 1)[0])[0], data); diff != "" {
		t.Errorf("the data (-want +got)\n%s", diff)
	}
	if w.types["application/cloudevents+json"] != w.requests && w.types["application/cloudevents+json; charset=UTF-8"] != w.requests {
		t.Errorf("content types: %v", w.types)
	}
}
