package licensing

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// license is a named user license in memory, as small as one can be: a list of users and two limitations. It decides
// nothing itself, so that what the vectors show are the rules of this package.
type license struct {
	limitations  map[string]Limitation
	users        []NamedUser // oldest first
	userLimit    *int32
	transactions int
	now          time.Time
}

// newLicense is the license of the vectors: 3 users, of whom 3 can have A and 2 can have B.
func newLicense() *license {
	userLimit := int32(3)
	l := &license{
		limitations: map[string]Limitation{
			"A": {ID: "A", Name: "API Functionality", Limit: limitOf(3), UserProvisioning: true, ResetMode: ResetNever, Enforce: true},
			"B": {ID: "B", Name: "Cloud Backup Functionality", Limit: limitOf(2), UserProvisioning: true, ResetMode: ResetNever, Enforce: true},
		},
		userLimit: &userLimit,
		now:       time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	for _, id := range []string{"u1", "u2", "u3"} {
		if err := l.add(id, true); err != nil {
			panic(err) // there are as many places as users
		}
	}
	return l
}

// heartbeat is a consumption heartbeat that names a user.
func (l *license) heartbeat(user, limitation string) (Provisioned, error) {
	i := l.find(user)
	transaction := fmt.Sprintf("T%d", l.transactions+1)
	result, next, err := Provision(l.users[i], l.limitations[limitation], l.balance(limitation), Holding{TransactionID: transaction, Origin: ConsumedHolding, Since: l.now})
	if err == nil && result.Granted && !result.Repeated {
		l.transactions++
	}
	l.users[i] = next
	return result, err
}

// rollback knows the transaction only, as the call does: whichever user holds it lets go.
func (l *license) rollback(limitation, transaction string) error {
	_, err := Revoke(NamedUser{}, limitation, transaction)
	for i := 0; i < len(l.users) && err != nil; i++ {
		l.users[i], err = Revoke(l.users[i], limitation, transaction)
	}
	return err
}

// byUser is what a by_user call shows: the current transaction id per limitation, or empty.
func (l *license) byUser(user string) [2]string {
	a, _ := l.users[l.find(user)].Holding("A")
	b, _ := l.users[l.find(user)].Holding("B")
	return [2]string{a.TransactionID, b.TransactionID}
}

func (l *license) balance(limitation string) int64 {
	return Recount(limitation, l.users)
}

func (l *license) find(user string) int {
	return slices.IndexFunc(l.users, func(u NamedUser) bool { return u.UserID == user })
}

// add and setActive refuse what would exceed the user limit.
func (l *license) add(user string, active bool) error {
	return l.seat(NamedUser{UserID: user}, active)
}

func (l *license) setActive(user string, active bool) error {
	return l.seat(l.users[l.find(user)], active)
}

// seat keeps the user if there is a seat, or none is wanted.
func (l *license) seat(user NamedUser, active bool) error {
	user.Active = active
	if active {
		seated, next, err := TakeSeat(user, Seating{Limit: l.userLimit}, l.balance, Holding{TransactionID: "seat of " + user.UserID, Since: l.now})
		if err == nil && !seated.Granted {
			err = limitationErrorf(UserLimitReached, "%s", seated.Message)
		}
		if err != nil {
			return err
		}
		user = next
	} else {
		user = FreeSeat(user)
	}
	if i := l.find(user.UserID); i >= 0 {
		l.users[i] = user
	} else {
		l.users = append(l.users, user)
	}
	return nil
}

func (l *license) delete(user string) {
	i := l.find(user)
	l.users = slices.Delete(slices.Clone(l.users), i, i+1)
}

// wantGrant sends a heartbeat and checks the transaction and the figures of the answer. An empty transaction is a
// refusal.
func (l *license) wantGrant(t *testing.T, user, limitation, transaction string, balance, remaining int64) {
	t.Helper()
	got, err := l.heartbeat(user, limitation)
	if err != nil {
		t.Fatalf("%s for %s: %v", limitation, user, err)
	}
	if got.Holding.TransactionID != transaction || got.Granted != (transaction != "") || got.Granted == (got.Message != "") {
		t.Errorf("%s for %s: transaction %q, granted %v, message %q; want transaction %q", limitation, user, got.Holding.TransactionID, got.Granted, got.Message, transaction)
	}
	if got.Balance != units(balance) || *got.Remaining != units(remaining) {
		t.Errorf("%s for %s: balance %s, remaining %s; want %d, %d", limitation, user, got.Balance, got.Remaining, balance, remaining)
	}
	l.wantBalance(t, limitation, balance)
}

func (l *license) wantBalance(t *testing.T, limitation string, want int64) {
	t.Helper()
	if got := l.balance(limitation); got != want {
		t.Errorf("%s: balance %d, want %d", limitation, got, want)
	}
}

func (l *license) wantByUser(t *testing.T, user, a, b string) {
	t.Helper()
	if got, want := l.byUser(user), [2]string{a, b}; got != want {
		t.Errorf("transactions of %s: %q, want %q", user, got, want)
	}
}
