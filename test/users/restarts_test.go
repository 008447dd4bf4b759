package users

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
)

// TestNoUnitIsDoubledOrLostWhenAReplicaIsKilled kills one of three in the middle of a storm of provisionings.
func TestNoUnitIsDoubledOrLostWhenAReplicaIsKilled(t *testing.T) {
	const people, units = 90, 60
	l := sell(t, units, nil)
	users := l.addAll(people)
	var done atomic.Int64
	ids := make([]string, people)
	finished := make(chan error, 1)
	go func() {
		finished <- together(15, func(worker int) (err error) {
			for i := worker; i < people; i += 15 {
				if ids[i], err = l.provision(t.Context(), users[i], scarce); err != nil {
					return err
				}
				if _, err = l.provision(t.Context(), users[i], plenty); err != nil {
					return err
				}
				done.Add(1)
			}
			return nil
		})
	}()
	victim := system.Replicas[1]
	for done.Load() < people/4 && !t.Failed() {
		<-time.After(time.Millisecond)
	}
	if err := victim.Process().Kill(); err != nil {
		t.Fatal(err)
	}
	t.Logf("killed after %d users", done.Load())
	if err := <-finished; err != nil {
		t.Fatal(err)
	}
	restart(t, victim)
	for i, id := range ids {
		if held := l.holding(t.Context(), users[i], scarce); held != id {
			t.Errorf("%s was answered %q and holds %q", users[i], id, held)
		}
	}
	if got := l.balance(t.Context(), scarce); got != fmt.Sprint(units) {
		t.Errorf("balance is %s, want %d", got, units)
	}
	l.settles(users...)
}

// TestRestartsChangeNoBalance kills all processes, one after the other, between calls and in the middle of them.
func TestRestartsChangeNoBalance(t *testing.T) {
	l := sell(t, 3, nil)
	users := l.addAll(5)
	var held []string
	for _, user := range users {
		id, err := l.provision(t.Context(), user, scarce)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, id)
	}
	for _, replica := range system.Replicas {
		finished := make(chan error, 1)
		go func() {
			finished <- together(len(users), func(i int) error {
				for range 10 {
					if id, err := l.provision(t.Context(), users[i], scarce); err != nil || id != held[i] {
						return fmt.Errorf("%s was answered %q, holds %q: %w", users[i], id, held[i], err)
					}
				}
				return nil
			})
		}()
		if err := replica.Process().Kill(); err != nil {
			t.Fatal(err)
		}
		if err := <-finished; err != nil {
			t.Error(err)
		}
		restart(t, replica)
		if got := l.balance(t.Context(), scarce); got != "3" {
			t.Errorf("balance is %s, want 3", got)
		}
	}
	l.settles(users...)
}

func restart(t *testing.T, r *embedded.Replica) {
	t.Helper()
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
}
