package users

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
)

func TestTheLastUnitGoesToOneOf200(t *testing.T) {
	t.Parallel()
	l := sell(t, 1, nil)
	users := l.addAll(200)
	ids := make([]string, len(users))
	err := together(len(users), func(i int) (err error) {
		ids[i], err = l.provision(t.Context(), users[i], scarce)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var winners []string
	for i, id := range ids {
		if id != "" {
			winners = append(winners, users[i])
		}
		if held := l.holding(t.Context(), users[i], scarce); held != id {
			t.Errorf("%s was answered %q and holds %q", users[i], id, held)
		}
	}
	if len(winners) != 1 {
		t.Errorf("%v got the one unit", winners)
	}
	l.settles(users...)
}

func TestFiftyRepeatsMakeOneHolding(t *testing.T) {
	t.Parallel()
	l := sell(t, 5, nil)
	users := l.addAll(3)
	for _, user := range users {
		var mu sync.Mutex
		ids := map[string]int{}
		err := together(50, func(int) error {
			id, err := l.provision(t.Context(), user, scarce)
			mu.Lock()
			defer mu.Unlock()
			ids[id]++
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]int{l.holding(t.Context(), user, scarce): 50}; fmt.Sprint(ids) != fmt.Sprint(want) {
			t.Errorf("%s was answered %v, want %v", user, ids, want)
		}
	}
	if got := l.balance(t.Context(), scarce); got != "3" {
		t.Errorf("balance is %s, want 3", got)
	}
	l.settles(users...)
}

// TestDeletesAndProvisionsRacing lets workers do everything to the same users at once.
func TestDeletesAndProvisionsRacing(t *testing.T) {
	t.Parallel()
	const workers, rounds, people, units = 12, 30, 8, 4
	l := sell(t, units, nil)
	users := l.addAll(people)
	err := together(workers, func(worker int) error {
		choice := rand.New(rand.NewPCG(7, uint64(worker))) //nolint:gosec // chance that can be repeated
		for range rounds {
			if err := l.doAnything(t.Context(), users[choice.IntN(people)], choice.IntN(6)); err != nil {
				return err
			}
			if held, err := strconv.Atoi(l.balance(t.Context(), scarce)); err != nil || held > units {
				return fmt.Errorf("the balance was %d of %d: %w", held, units, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l.settles(users...)
}

// doAnything does one of several things. What other workers do at the same time may be the reason for a refusal.
func (l *license) doAnything(ctx context.Context, user string, what int) error {
	var err error
	switch what {
	case 0:
		err = l.delete(ctx, user)
	case 1, 2:
		err = l.add(ctx, user)
	case 3, 4:
		_, err = l.provision(ctx, user, []string{scarce, plenty}[what-3])
	default:
		if id := l.holding(ctx, user, scarce); id != "" {
			err = l.rollback(ctx, scarce, id)
		}
	}
	for _, id := range []int32{1008, 1010, 13000, 13001} {
		if refusedWith(err, id) {
			return nil
		}
	}
	return err
}

// TestAUserWhoIsDeletedWhileProvisionedLeavesNothing races the two for each of many users.
func TestAUserWhoIsDeletedWhileProvisionedLeavesNothing(t *testing.T) {
	t.Parallel()
	const people = 40
	l := sell(t, people, nil)
	users := l.addAll(people)
	err := together(2*people, func(i int) error {
		if i%2 == 0 {
			return l.delete(t.Context(), users[i/2])
		}
		_, err := l.provision(t.Context(), users[i/2], scarce)
		if refusedWith(err, 1010) || refusedWith(err, 13001) { // gone, or about to go
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.balance(t.Context(), scarce); got != "0" {
		t.Errorf("balance is %s when all users are deleted", got)
	}
	l.settles(users...)
}
