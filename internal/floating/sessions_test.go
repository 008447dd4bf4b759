package floating

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var (
	license = License{Namespace: "acme", ID: "11111111-2222-3333-4444-555555555555"}
	noon    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func places(n int) licensing.FloatingTerms {
	return licensing.FloatingTerms{Limit: n, Enforce: true, Period: time.Hour}
}

func session(client, id string) licensing.FloatingRequest {
	return licensing.FloatingRequest{ClientID: client, SessionID: id}
}

func wantCount(t *testing.T, sessions *Sessions, want int) {
	t.Helper()
	got, err := sessions.Count(t.Context(), license)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%d sessions are open, want %d", got, want)
	}
}

func TestManyClientsAtOnceGetExactlyTheirPlaces(t *testing.T) {
	const clients, limit = 100, 37
	store := newMemory()
	var replicas [3]*Sessions
	for i := range replicas {
		replicas[i] = New(store, clock.RealClock{})
	}
	var opened, refused atomic.Int32
	var callers sync.WaitGroup
	for i := range clients {
		callers.Go(func() {
			_, err := replicas[i%3].Open(t.Context(), license, places(limit), session(fmt.Sprint(i), "1"))
			refusal := (*licensing.FloatingError)(nil)
			switch {
			case err == nil:
				opened.Add(1)
			case errors.As(err, &refusal) && refusal.Reason == licensing.SessionLimitReached:
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	callers.Wait()
	if opened.Load() != limit || refused.Load() != clients-limit {
		t.Errorf("%d were opened and %d refused, want %d and %d", opened.Load(), refused.Load(), limit, clients-limit)
	}
	wantCount(t, replicas[0], limit)
	if store.saves > clients {
		t.Errorf("%d writes were made: who waits at the same time is to share one", store.saves)
	}
}

func TestWriteWhoseOutcomeIsUnknown(t *testing.T) {
	for name, failure := range map[string]writeFailure{"was not done": lost, "was done": answerLost} {
		t.Run("that "+name+" opens one session", func(t *testing.T) {
			store := newMemory()
			store.fail = func(save int) writeFailure {
				if save == 1 {
					return failure
				}
				return none
			}
			sessions := New(store, clock.RealClock{})
			opened, err := sessions.Open(t.Context(), license, places(1), session("a", "1"))
			if err != nil || opened.Open != 1 {
				t.Fatalf("got %d open, %v", opened.Open, err)
			}
			wantCount(t, sessions, 1)
			if want := map[bool]int{true: 1, false: 2}[failure == answerLost]; store.saves != want {
				t.Errorf("%d writes were made, want %d", store.saves, want)
			}
		})
	}
}

func TestReplicaThatDiesBeforeItAnswers(t *testing.T) {
	store := newMemory()
	first, second := New(store, clock.RealClock{}), New(store, clock.RealClock{})
	// Its answer never reaches the client, who asks another replica.
	if _, err := first.Open(t.Context(), license, places(1), session("a", "1")); err != nil {
		t.Fatal(err)
	}
	opened, err := second.Open(t.Context(), license, places(1), session("a", "1"))
	if err != nil || opened.Open != 1 {
		t.Fatalf("got %d open, %v", opened.Open, err)
	}
	for range 2 {
		if err := second.Close(t.Context(), license, "a", "1"); err != nil {
			t.Fatal(err)
		}
	}
	wantCount(t, first, 0)
}

func TestStoreThatIsDown(t *testing.T) {
	store := newMemory()
	store.fail = func(int) writeFailure { return down }
	sessions := New(store, clock.RealClock{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := sessions.Open(ctx, license, places(1), session("a", "1")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if _, err := sessions.Count(t.Context(), license); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

// steppedClock stands still until it is stepped, but nobody waits by it: turns have gaps.
type steppedClock struct{ *clocktesting.FakeClock }

func newSteppedClock(now time.Time) steppedClock { return steppedClock{clocktesting.NewFakeClock(now)} }

func (steppedClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func TestReplicaWhoseClockIsBehind(t *testing.T) {
	store := newMemory()
	ahead, behind := newSteppedClock(noon), newSteppedClock(noon.Add(-10*time.Minute))
	first, second := New(store, ahead), New(store, behind)
	open := func(sessions *Sessions, client string) error {
		_, err := sessions.Open(t.Context(), license, places(2), session(client, "1"))
		return err
	}
	if err := errors.Join(open(first, "a"), open(second, "b")); err != nil {
		t.Fatal(err)
	}
	ahead.Step(59 * time.Minute)
	wantCount(t, first, 2) // the second replica's session has its whole period
	ahead.Step(time.Minute)
	wantCount(t, first, 0)
	if err := errors.Join(open(first, "c"), open(first, "d")); err != nil {
		t.Fatal(err)
	}
	if err := open(second, "a"); err == nil {
		t.Error("a session that had ended was renewed")
	}
	wantCount(t, second, 2)
}

func TestSweepDropsWhatHasEnded(t *testing.T) {
	store, now := newMemory(), newSteppedClock(noon)
	sessions := New(store, now)
	other := License{Namespace: "other", ID: license.ID}
	for _, l := range []License{license, other} {
		if _, err := sessions.Open(t.Context(), l, places(1), session("a", "1")); err != nil {
			t.Fatal(err)
		}
	}
	now.Step(time.Hour)
	if err := sessions.Sweep(t.Context(), license.Namespace); err != nil {
		t.Fatal(err)
	}
	if got := store.registers[license].Count(); got != 0 {
		t.Errorf("%d ended sessions are stored", got)
	}
	if got := store.registers[other].Count(); got != 1 {
		t.Errorf("another tenant's register was touched: %d sessions", got)
	}
}

func TestAllSessionsAreClosed(t *testing.T) {
	sessions := New(newMemory(), clock.RealClock{})
	for i := range 3 {
		if _, err := sessions.Open(t.Context(), license, places(3), session(fmt.Sprint(i), "1")); err != nil {
			t.Fatal(err)
		}
	}
	if err := sessions.CloseAll(t.Context(), license); err != nil {
		t.Fatal(err)
	}
	wantCount(t, sessions, 0)
}
