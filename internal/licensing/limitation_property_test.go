package licensing

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever happens to users and their holdings, the balance is the number of holders, nobody beyond the ceiling was let
// in, no transaction id is used twice, and repeating a request changes nothing.
func TestBalanceIsTheNumberOfHolders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLicense()
		l.userLimit = nil
		holders := map[string]map[string]string{"A": {}, "B": {}} // limitation -> user -> transaction
		seen := map[string]bool{}
		anyUser := func(t *rapid.T) string {
			return l.users[rapid.IntRange(0, len(l.users)-1).Draw(t, "user")].UserID
		}
		anyLimitation := func(t *rapid.T) string { return rapid.SampledFrom([]string{"A", "B"}).Draw(t, "limitation") }

		t.Repeat(map[string]func(*rapid.T){
			"provision": func(t *rapid.T) {
				user, limitation := anyUser(t), anyLimitation(t)
				existing, holds := holders[limitation][user]
				free := len(holders[limitation]) < int(*l.limitations[limitation].Limit)
				before := l.users[l.find(user)]
				result, err := l.heartbeat(user, limitation)
				switch transaction := result.Holding.TransactionID; {
				case holds && transaction != existing:
					t.Fatalf("the repeat answered %q (%v), want %q", transaction, err, existing)
				case holds && l.users[l.find(user)].Revision != before.Revision:
					t.Fatal("the repeat made a revision")
				case holds:
				case !before.Active && err == nil:
					t.Fatal("an inactive user was answered")
				case !before.Active:
				case result.Granted != free || seen[transaction]:
					t.Fatalf("granted %v as %q, want %v under a new id", result.Granted, transaction, free)
				case result.Granted:
					holders[limitation][user], seen[transaction] = transaction, true
				}
			},
			"revoke": func(t *rapid.T) {
				user, limitation := anyUser(t), anyLimitation(t)
				transaction, holds := holders[limitation][user]
				if (l.rollback(limitation, transaction) == nil) != holds {
					t.Fatalf("rollback of %q: want success %v", transaction, holds)
				}
				delete(holders[limitation], user)
			},
			"revoke again": func(t *rapid.T) {
				transaction := fmt.Sprintf("T%d", rapid.IntRange(0, l.transactions).Draw(t, "transaction"))
				for _, limitation := range []string{"A", "B"} {
					present := slices.Contains(slices.Collect(maps.Values(holders[limitation])), transaction)
					if !present && l.rollback(limitation, transaction) == nil {
						t.Fatalf("%s %s was rolled back twice", limitation, transaction)
					}
				}
			},
			"delete": func(t *rapid.T) {
				if len(l.users) == 1 {
					return // the other actions need somebody
				}
				user := anyUser(t)
				l.delete(user)
				delete(holders["A"], user)
				delete(holders["B"], user)
			},
			"create": func(t *rapid.T) {
				user := fmt.Sprintf("u%d", rapid.IntRange(1, 6).Draw(t, "id"))
				if l.find(user) >= 0 {
					return
				}
				if err := l.add(user, true); err != nil {
					t.Fatal(err)
				}
			},
			"switch": func(t *rapid.T) {
				if err := l.setActive(anyUser(t), rapid.Bool().Draw(t, "active")); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) {
				for limitation, held := range holders {
					if got := l.balance(limitation); got != int64(len(held)) {
						t.Fatalf("%s: balance %d with %d holders", limitation, got, len(held))
					}
				}
			},
		})
	})
}

// The balance is at any time the sum of what was consumed in the present period and not rolled back, whatever the order
// of consumptions, rollbacks and resets, and however late a rollback comes.
func TestConsumptionNeverDrifts(t *testing.T) {
	type record struct {
		value  Tokens
		period int64
	}
	rapid.Check(t, func(t *rapid.T) {
		l := Limitation{ID: "x", Enforce: rapid.Bool().Draw(t, "enforce")}
		l.ResetMode = rapid.SampledFrom(resetModes[1:]).Draw(t, "mode")
		if l.ResetMode == ResetPeriodically {
			l.ResetPeriodDays = rapid.IntRange(1, 40).Draw(t, "days")
		}
		if rapid.Bool().Draw(t, "limited") {
			l.Limit = limitOf(rapid.Int64Range(0, 20).Draw(t, "limit"))
			l.Goodwill = Tokens(rapid.Int64Range(0, int64(100*Token)).Draw(t, "goodwill"))
		}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "created")))
		balance := Balance{}.Begun(now)
		var records []record

		t.Repeat(map[string]func(*rapid.T){
			"consume": func(t *rapid.T) {
				value := Tokens(rapid.Int64Range(1, int64(8*Token)).Draw(t, "value"))
				result, next, err := Consume(l, balance, value, now)
				if err != nil {
					t.Fatal(err)
				}
				if result.Granted {
					records = append(records, record{value, next.Period})
				}
				if l.Limit != nil && l.Enforce && result.Granted && result.Balance.rat().Cmp(l.ceiling()) > 0 {
					t.Fatalf("balance %s is beyond the ceiling %s", result.Balance, l.ceiling())
				}
				balance = next
			},
			"roll back": func(t *rapid.T) {
				if len(records) == 0 {
					return
				}
				i := rapid.IntRange(0, len(records)-1).Draw(t, "record")
				next, err := Rollback(l, balance, Consumption{Value: records[i].value, Period: records[i].period}, now)
				if err != nil {
					t.Fatal(err)
				}
				balance = next
				records = slices.Delete(records, i, i+1)
			},
			"reset": func(t *rapid.T) {
				next, err := balance.Reset(l, now)
				if err != nil || next.Period <= balance.Period {
					t.Fatalf("reset to period %d after %d: %v", next.Period, balance.Period, err)
				}
				balance = next
			},
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.Int64Range(0, int64(60*24*time.Hour)).Draw(t, "wait")))
			},
			"": func(t *rapid.T) {
				current := balance.At(l, now)
				var want Tokens
				for _, record := range records {
					if record.period == current.Period {
						want += record.value
					}
				}
				if current.Consumed != want {
					t.Fatalf("balance %s, want %s", current.Consumed, want)
				}
				if again := current.At(l, now); again != current {
					t.Fatalf("looked at twice, %+v became %+v", current, again)
				}
				if next, ok := NextReset(l.ResetMode, l.ResetPeriodDays, current.LastReset); ok && !next.After(now) {
					t.Fatalf("the next reset, %v, is not after now, %v", next, now)
				}
			},
		})
	})
}

// Going through the resets one by one leads to the same period as jumping there.
func TestResetsOneByOneAndAtOnceAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Limitation{ID: "x", ResetMode: rapid.SampledFrom(resetModes[2:]).Draw(t, "mode"), ResetPeriodDays: rapid.IntRange(1, 400).Draw(t, "days")}
		last := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "last"), 0).UTC()
		now := last.Add(time.Duration(rapid.Int64Range(0, int64(5*365*24*time.Hour)).Draw(t, "wait")))
		want := last
		for {
			next, ok := NextReset(l.ResetMode, l.ResetPeriodDays, want)
			if !ok || next.After(now) {
				break
			}
			want = next
		}
		if got := (Balance{LastReset: last}).At(l, now).LastReset; !got.Equal(want) {
			t.Fatalf("from %v at %v: last reset %v, one by one %v", last, now, got, want)
		}
	})
}

func FuzzNextReset(f *testing.F) {
	f.Add(2, 7, int64(1772323200), int64(0))
	f.Add(3, 0, int64(1772323199), int64(999999999))
	f.Add(5, -1, int64(-62135596800), int64(1))
	f.Add(2, MaxResetPeriodDays, int64(1)<<62, int64(5))
	f.Add(2, 1, int64(math.MaxInt64-62135596800), int64(0)) // the end of time.Time
	f.Add(5, 0, int64(math.MaxInt64-62135596800), int64(0))
	f.Fuzz(func(t *testing.T, modeIndex, days int, seconds, nanoseconds int64) {
		mode := resetModes[uint(modeIndex)%uint(len(resetModes))]
		last := time.Unix(seconds, nanoseconds)
		next, ok := NextReset(mode, days, last)
		if !ok {
			return
		}
		if !next.After(last) {
			t.Fatalf("%s %d: %v is not after %v", mode, days, next, last)
		}
		if next.Location() != time.UTC || !next.Equal(utcMidnight(next)) {
			t.Fatalf("%s %d: %v is no midnight in UTC", mode, days, next)
		}
		if same := (Balance{Consumed: 1, LastReset: last}).At(Limitation{ResetMode: mode, ResetPeriodDays: days}, next.Add(-1)); same.Consumed != 1 && !same.LastReset.After(last) {
			t.Fatalf("%s %d: reset before %v", mode, days, next)
		}
	})
}
