package seldom

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"
	testingclock "k8s.io/utils/clock/testing"
)

func TestAKeyIsAskedAboutOnceInAWhile(t *testing.T) {
	now := testingclock.NewFakePassiveClock(time.Unix(1_700_000_000, 0))
	answers := New[int](now, time.Second, time.Minute, 8)
	asked := 0
	ask := func(context.Context) (int, error) { asked++; return asked, nil }
	var got []int
	for _, after := range []time.Duration{0, 0, 999 * time.Millisecond, time.Millisecond, 0, 2 * time.Second} {
		now.SetTime(now.Now().Add(after))
		value, err := answers.Get(t.Context(), "acme", ask)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, value)
	}
	if diff := cmp.Diff([]int{1, 1, 1, 2, 2, 3}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if value, _ := answers.Get(t.Context(), "other", ask); value != 4 {
		t.Errorf("another key was answered %d", value)
	}
}

func TestAFailureIsNotRepeatedAtOnce(t *testing.T) {
	now := testingclock.NewFakePassiveClock(time.Unix(1_700_000_000, 0))
	answers := New[string](now, time.Second, time.Minute, 8)
	down, asked := errors.New("down"), 0
	fail := func(context.Context) (string, error) { asked++; return "", down }
	for range 3 {
		if _, err := answers.Get(t.Context(), "acme", fail); !errors.Is(err, down) {
			t.Errorf("got %v", err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	now.SetTime(now.Now().Add(time.Second))
	value, err := answers.Get(t.Context(), "acme", func(context.Context) (string, error) { return "up", nil })
	if value != "up" || err != nil {
		t.Errorf("got %q, %v", value, err)
	}
}

func TestCallsThatWantToKnowAtOnceAskTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := New[int](clock.RealClock{}, time.Second, time.Minute, 8)
		var asked atomic.Int32
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				value, err := answers.Get(t.Context(), "acme", func(context.Context) (int, error) {
					time.Sleep(100 * time.Millisecond)
					return int(asked.Add(1)), nil
				})
				if value != 1 || err != nil {
					t.Errorf("got %d, %v", value, err)
				}
			})
		}
		all.Wait()
	})
}

func TestOthersGetTheAnswerWhenTheCallThatAskedHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := New[int](clock.RealClock{}, time.Second, time.Minute, 8)
		slow := func(ctx context.Context) (int, error) {
			select {
			case <-ctx.Done():
				return 0, ctx.Err()
			case <-time.After(time.Second):
				return 1, nil
			}
		}
		gone, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := answers.Get(gone, "acme", slow); !errors.Is(err, context.Canceled) {
				t.Errorf("the one that has gone got %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if value, err := answers.Get(t.Context(), "acme", slow); value != 1 || err != nil {
				t.Errorf("the other got %d, %v", value, err)
			}
		})
		synctest.Wait()
		leave()
		all.Wait()
	})
}
