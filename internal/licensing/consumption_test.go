package licensing

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestABalanceBeginsWithTheLicense(t *testing.T) {
	began := instant(t, "2026-01-10T09:00:00Z")
	tests := map[string]struct {
		balance Balance
		want    Balance
	}{
		"never consumed from":                     {Balance{}, Balance{LastReset: began, Period: 1}},
		"held by users until now":                 {Balance{Consumed: 5 * Token}, Balance{LastReset: began, Period: 1}},
		"consumed from, it goes on as it is":      {Balance{5 * Token, began.AddDate(0, 1, 0), 2}, Balance{5 * Token, began.AddDate(0, 1, 0), 2}},
		"consumed from in its very first instant": {Balance{5 * Token, began, 1}, Balance{5 * Token, began, 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.balance.Begun(began)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAWeekCountsFromTheLicense(t *testing.T) {
	l := Limitation{ID: "x", Limit: limitOf(10), ResetMode: ResetPeriodically, ResetPeriodDays: 7, Enforce: true}
	began := instant(t, "2026-03-01T16:00:00Z")
	standing := l.Standing(Balance{}, began, instant(t, "2026-03-17T00:00:00Z"))
	if !standing.LastReset.Equal(instant(t, "2026-03-15T00:00:00Z")) || !standing.NextReset.Equal(instant(t, "2026-03-22T00:00:00Z")) {
		t.Errorf("last reset %v, next %v", standing.LastReset, standing.NextReset)
	}
}

func TestStandingOfEitherKind(t *testing.T) {
	began := instant(t, "2026-01-10T09:00:00Z")
	balance := Balance{3 * Token, instant(t, "2026-02-01T00:00:00Z"), 2}
	provisioned := Limitation{ID: "x", Limit: limitOf(10), UserProvisioning: true, ResetMode: ResetNever, Enforce: true}
	consumed := Limitation{ID: "x", Limit: limitOf(10), ResetMode: ResetFirstDayOfMonth, Enforce: true}
	if got := provisioned.Standing(balance, began, instant(t, "2026-05-01T00:00:00Z")); got.Balance != 3*Token || got.NextReset != nil || !got.LastReset.IsZero() {
		t.Errorf("held: %+v", got)
	}
	if got := consumed.Standing(balance, began, instant(t, "2026-05-01T00:00:00Z")); got.Balance != 0 || *got.Remaining != 10*Token {
		t.Errorf("consumed, in a later period: %+v", got)
	}
	if got := consumed.Standing(balance, began, instant(t, "2026-02-27T00:00:00Z")); got.Balance != 3*Token || *got.Remaining != 7*Token {
		t.Errorf("consumed, in the period: %+v", got)
	}
}

func TestARecountAddsUpTheRecordsOfThePeriod(t *testing.T) {
	records := []Consumption{
		{Value: 2 * Token, Period: 3},
		{Value: decimal(t, "0.5"), Period: 3},
		{Value: 4 * Token, Period: 3, RolledBackAt: consumeDay},
		{Value: 8 * Token, Period: 2},
	}
	got, err := Balance{Consumed: Token, LastReset: consumeDay, Period: 3}.Recounted(records)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Balance{decimal(t, "2.5"), consumeDay, 3}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = Balance{Period: 3}.Recounted([]Consumption{{Value: MaxTokens, Period: 3}, {Value: MaxTokens, Period: 3}})
	if err == nil {
		t.Error("an overflow was taken for a sum")
	}
}
