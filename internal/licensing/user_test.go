package licensing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The vectors 1 to 20 are one story: each step starts from the state that the one before left. Vectors 21 to 23, 40 and
// 42 are about ids that are unknown or taken, which only whoever stores licenses can know.
func TestUserProvisioningVectors(t *testing.T) {
	l := newLicense()
	steps := []struct {
		name string
		step func(t *testing.T)
	}{
		{"vector 1: a fresh user holds nothing", func(t *testing.T) {
			l.wantByUser(t, "u1", "", "")
		}},
		{"vector 2: the first heartbeat provisions", func(t *testing.T) {
			l.wantGrant(t, "u1", "A", "T1", 1, 2)
		}},
		{"vector 3: as many units as users is one for everybody", func(t *testing.T) {
			l.wantGrant(t, "u2", "A", "T2", 2, 1)
			l.wantGrant(t, "u3", "A", "T3", 3, 0)
		}},
		{"vector 4: another limitation counts for itself", func(t *testing.T) {
			l.wantGrant(t, "u1", "B", "T4", 1, 1)
			l.wantGrant(t, "u2", "B", "T5", 2, 0)
		}},
		{"vector 5: with the quota full the third user is refused", func(t *testing.T) {
			l.wantGrant(t, "u3", "B", "", 2, 0)
		}},
		{"vector 6: the refusal left nothing behind", func(t *testing.T) {
			l.wantByUser(t, "u3", "T3", "")
		}},
		{"vector 7: each user sees the own transactions", func(t *testing.T) {
			l.wantByUser(t, "u1", "T1", "T4")
		}},
		{"vector 8: with the quota full a holder's repeat answers the existing transaction", func(t *testing.T) {
			l.wantGrant(t, "u1", "B", "T4", 2, 0)
		}},
		{"vector 11: a rollback frees the unit", func(t *testing.T) {
			if err := l.rollback("B", "T4"); err != nil {
				t.Fatal(err)
			}
			l.wantBalance(t, "B", 1)
		}},
		{"vector 12: the user's transaction is gone", func(t *testing.T) {
			l.wantByUser(t, "u1", "T1", "")
		}},
		{"vector 13: the freed unit goes to the next who asks", func(t *testing.T) {
			l.wantGrant(t, "u3", "B", "T6", 2, 0)
		}},
		{"vector 14: deleting a user frees what the user held", func(t *testing.T) {
			l.delete("u2")
			l.wantBalance(t, "A", 2)
			l.wantBalance(t, "B", 1)
		}},
		{"vector 15: a deleted user's transaction cannot be rolled back", func(t *testing.T) {
			wantReason(t, l.rollback("A", "T2"), UnknownTransaction)
			l.wantBalance(t, "A", 2)
		}},
		{"vector 16: a user created again starts with nothing", func(t *testing.T) {
			if err := l.add("u2", true); err != nil {
				t.Fatal(err)
			}
			l.wantByUser(t, "u2", "", "")
		}},
		{"vector 17: a second rollback credits nothing", func(t *testing.T) {
			wantReason(t, l.rollback("B", "T4"), UnknownTransaction)
			l.wantBalance(t, "B", 1)
		}},
		{"vector 18: a transaction of another limitation is not rolled back", func(t *testing.T) {
			wantReason(t, l.rollback("A", "T6"), UnknownTransaction)
			l.wantBalance(t, "A", 2)
			l.wantBalance(t, "B", 1)
		}},
		{"vector 19: a user who is switched off keeps the holdings", func(t *testing.T) {
			if err := l.setActive("u3", false); err != nil {
				t.Fatal(err)
			}
			l.wantByUser(t, "u3", "T3", "T6")
			l.wantBalance(t, "A", 2)
			l.wantBalance(t, "B", 1)
		}},
		{"vector 20: of two values the possible one is taken, the other refused", func(t *testing.T) {
			l.wantGrant(t, "u1", "B", "T7", 2, 0) // B is full again
			if err := l.add("u4", true); err != nil {
				t.Fatal(err)
			}
			l.wantGrant(t, "u4", "A", "T8", 3, 0)
			l.wantGrant(t, "u4", "B", "", 2, 0)
			l.wantByUser(t, "u4", "T8", "")
		}},
	}
	for _, step := range steps {
		t.Run(step.name, step.step)
	}
}

func TestVector09RepeatedHeartbeatsOfOneUserCountOnce(t *testing.T) {
	l := newLicense()
	for range 50 {
		l.wantGrant(t, "u1", "A", "T1", 1, 2)
	}
	if got := l.users[0].Revision; got != 2 {
		t.Errorf("revision %d after a seat and 50 heartbeats, want 2", got)
	}
}

func TestVector10OfThreeUsersTwoGetOneOfTwoUnits(t *testing.T) {
	for _, order := range [][]string{{"u1", "u2", "u3"}, {"u3", "u1", "u2"}, {"u2", "u3", "u1"}} {
		l := newLicense()
		l.wantGrant(t, order[0], "B", "T1", 1, 1)
		l.wantGrant(t, order[1], "B", "T2", 2, 0)
		l.wantGrant(t, order[2], "B", "", 2, 0)
	}
}

func TestProvisionCapacity(t *testing.T) {
	tests := map[string]struct {
		limit    *int64
		goodwill Tokens
		metered  bool
		held     int64
		granted  bool
		// remaining after the answer; ignored if unlimited
		remaining int64
	}{
		"vector 28: goodwill 20 % of 2 does not admit a third user":      {limitOf(2), 20 * Token, false, 2, false, 0},
		"vector 29: goodwill 50 % of 2 admits a third user":              {limitOf(2), 50 * Token, false, 2, true, -1},
		"goodwill 50 % of 2 does not admit a fourth user":                {limitOf(2), 50 * Token, false, 3, false, -1},
		"without enforcement anybody is admitted":                        {limitOf(2), 0, true, 7, true, -6},
		"without a limit anybody is admitted":                            {nil, 0, false, 7, true, 0},
		"a limit of zero admits nobody":                                  {limitOf(0), 0, false, 0, false, 0},
		"a limit lowered below the holders admits nobody, who has keeps": {limitOf(2), 0, false, 3, false, -1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := Limitation{ID: "A", Limit: test.limit, Goodwill: test.goodwill, UserProvisioning: true, ResetMode: ResetNever, Enforce: !test.metered}
			got, user, err := Provision(seated("u"), l, test.held, Holding{TransactionID: "T", Origin: ConsumedHolding})
			if err != nil {
				t.Fatal(err)
			}
			if _, holds := user.Holding("A"); got.Granted != test.granted || holds != test.granted {
				t.Fatalf("granted %v, holds %v, want %v", got.Granted, holds, test.granted)
			}
			switch {
			case test.limit == nil && got.Remaining != nil:
				t.Errorf("remaining %s of an unlimited limitation", *got.Remaining)
			case test.limit != nil && *got.Remaining != units(test.remaining):
				t.Errorf("remaining %s, want %d", *got.Remaining, test.remaining)
			}
		})
	}
}

func TestProvisionRefusalSaysWhy(t *testing.T) {
	l := newLicense()
	l.limitations["B"] = Limitation{ID: "B", Name: "Cloud Backup", Limit: limitOf(1), Goodwill: 50 * Token, UserProvisioning: true, ResetMode: ResetNever, Enforce: true}
	l.wantGrant(t, "u1", "B", "T1", 1, 0)
	got, err := l.heartbeat("u2", "B")
	if err != nil {
		t.Fatal(err)
	}
	want := `limitation "Cloud Backup" has a limit of 1 (1.5 with 50 % goodwill): 1 asked for, 1 held`
	if diff := cmp.Diff(want, got.Message); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProvisionOfAnInactiveUser(t *testing.T) {
	l := newLicense()
	l.wantGrant(t, "u1", "A", "T1", 1, 2)
	if err := l.setActive("u1", false); err != nil {
		t.Fatal(err)
	}
	t.Run("gives nothing new", func(t *testing.T) {
		_, err := l.heartbeat("u1", "B")
		wantReason(t, err, InactiveUser)
		l.wantByUser(t, "u1", "T1", "")
	})
	t.Run("answers what is held already", func(t *testing.T) {
		l.wantGrant(t, "u1", "A", "T1", 1, 2)
	})
	t.Run("still lets go", func(t *testing.T) {
		if err := l.rollback("A", "T1"); err != nil {
			t.Fatal(err)
		}
		l.wantBalance(t, "A", 0)
	})
}

func TestProvisionIsForUserProvisioningOnly(t *testing.T) {
	l := Limitation{ID: "A", Limit: limitOf(3), ResetMode: ResetNever, Enforce: true}
	_, _, err := Provision(seated("u"), l, 0, Holding{TransactionID: "T"})
	wantReason(t, err, NotProvisionedByUser)
}

// seated is an active user.
func seated(userID string) NamedUser {
	return NamedUser{UserID: userID, Active: true, Revision: 1, Holdings: []Holding{{LimitationID: SeatID, TransactionID: "S"}}}
}

func TestProvisionRecordsTheFirstRequest(t *testing.T) {
	limitation := newLicense().limitations["A"]
	first := Holding{TransactionID: "T1", Since: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Origin: ConsumedHolding, ClientID: "device", ExternalID: "42"}
	_, user, err := Provision(seated("u"), limitation, 0, first)
	if err != nil {
		t.Fatal(err)
	}
	again, user, err := Provision(user, limitation, 1, Holding{TransactionID: "T2", Since: first.Since.Add(time.Hour), Origin: DeclaredHolding})
	if err != nil {
		t.Fatal(err)
	}
	first.LimitationID = "A"
	if diff := cmp.Diff([]Holding{seated("u").Holdings[0], first}, user.Holdings); diff != "" || user.Revision != 2 {
		t.Errorf("revision %d, holdings (-want +got):\n%s", user.Revision, diff)
	}
	if !again.Repeated || again.Holding != first {
		t.Errorf("the repeat answered %+v", again)
	}
}

func TestStatesOfAUserShareNothing(t *testing.T) {
	limitations := newLicense().limitations
	empty := seated("u")
	empty.Holdings = append(make([]Holding, 0, 8), empty.Holdings...)
	_, withA, _ := Provision(empty, limitations["A"], 0, Holding{TransactionID: "T1"})
	_, withB, _ := Provision(empty, limitations["B"], 0, Holding{TransactionID: "T2"})
	_, withBoth, _ := Provision(withA, limitations["B"], 0, Holding{TransactionID: "T3"})
	if _, err := Revoke(withBoth, "A", "T1"); err != nil {
		t.Fatal(err)
	}
	FreeSeat(withBoth)
	for name, test := range map[string]struct {
		user NamedUser
		want string
	}{"empty": {empty, "S"}, "A": {withA, "ST1"}, "B": {withB, "ST2"}, "both": {withBoth, "ST1T3"}} {
		var got string
		for _, holding := range test.user.Holdings {
			got += holding.TransactionID
		}
		if got != test.want {
			t.Errorf("%s: transactions %q, want %q", name, got, test.want)
		}
	}
}

func TestUserLimitVectors(t *testing.T) {
	two, one := int32(2), int32(1)
	l := &license{userLimit: &two}
	mustChange := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		name string
		step func(t *testing.T)
	}{
		{"vector 35: two active users fit", func(t *testing.T) {
			mustChange(t, l.add("u1", true))
			mustChange(t, l.add("u2", true))
		}},
		{"vector 36: a third active user does not", func(t *testing.T) {
			wantReason(t, l.add("u3", true), UserLimitReached)
		}},
		{"vector 37: inactive users are as many as you like", func(t *testing.T) {
			mustChange(t, l.add("u3", false))
		}},
		{"vector 38: a third user is not switched on", func(t *testing.T) {
			wantReason(t, l.setActive("u3", true), UserLimitReached)
		}},
		{"vector 39: unless another is switched off first", func(t *testing.T) {
			mustChange(t, l.setActive("u2", false))
			mustChange(t, l.setActive("u3", true))
		}},
		{"vector 41: the limit is not lowered below the active users", func(t *testing.T) {
			wantReason(t, CheckUserLimit(l.balance(SeatID), &one), UserLimitReached)
			mustChange(t, CheckUserLimit(l.balance(SeatID), &two))
			mustChange(t, CheckUserLimit(l.balance(SeatID), nil))
		}},
		{"vector 43: deleting a user gives back what the user held", func(t *testing.T) {
			l.limitations = newLicense().limitations
			l.wantGrant(t, "u1", "A", "T1", 1, 2)
			l.delete("u1")
			l.wantBalance(t, "A", 0)
		}},
	}
	for _, step := range steps {
		t.Run(step.name, step.step)
	}
}
