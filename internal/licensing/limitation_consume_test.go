package licensing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var consumeDay = time.Date(2026, 1, 20, 9, 0, 0, 0, time.UTC)

func TestConsume(t *testing.T) {
	tests := map[string]struct {
		limit         int64 // below zero: unlimited
		goodwill      string
		metered       bool // not enforced
		balance       string
		value         string
		granted       bool
		wantBalance   string
		wantRemaining string // empty: unlimited
	}{
		"vector 24: goodwill 20 %, limit 10, balance 10, value 2 is accepted":   {limit: 10, goodwill: "20", balance: "10", value: "2", granted: true, wantBalance: "12", wantRemaining: "-2"},
		"vector 25: goodwill 20 %, limit 10, balance 12, value 1 is refused":    {limit: 10, goodwill: "20", balance: "12", value: "1", wantBalance: "12", wantRemaining: "-2"},
		"vector 26: balance 9 of 10, value 3 is refused whole, nothing partial": {limit: 10, balance: "9", value: "3", wantBalance: "9", wantRemaining: "1"},
		"vector 27: without enforcement balance 10 of 10, value 5 is accepted":  {limit: 10, metered: true, balance: "10", value: "5", granted: true, wantBalance: "15", wantRemaining: "-5"},
		"vector 33: unlimited, value 1000 is accepted, remaining is absent":     {limit: -1, balance: "0", value: "1000", granted: true, wantBalance: "1000"},
		"the last unit":                              {limit: 10, balance: "9", value: "1", granted: true, wantBalance: "10", wantRemaining: "0"},
		"a fraction":                                 {limit: 1, balance: "0.3", value: "0.5", granted: true, wantBalance: "0.8", wantRemaining: "0.2"},
		"a fraction up to the limit":                 {limit: 1, balance: "0.3", value: "0.7", granted: true, wantBalance: "1", wantRemaining: "0"},
		"a millionth beyond the limit":               {limit: 1, balance: "0.3", value: "0.700001", wantBalance: "0.3", wantRemaining: "0.7"},
		"a fraction of goodwill":                     {limit: 2, goodwill: "20", balance: "2", value: "0.4", granted: true, wantBalance: "2.4", wantRemaining: "-0.4"},
		"goodwill is not rounded up to a unit":       {limit: 2, goodwill: "20", balance: "2", value: "1", wantBalance: "2", wantRemaining: "0"},
		"goodwill 50 % of 3 gives the fourth unit":   {limit: 3, goodwill: "50", balance: "3", value: "1", granted: true, wantBalance: "4", wantRemaining: "-1"},
		"goodwill 50 % of 3 does not give a fifth":   {limit: 3, goodwill: "50", balance: "4", value: "1", wantBalance: "4", wantRemaining: "-1"},
		"goodwill a millionth short of the unit":     {limit: 1, goodwill: "99.999999", balance: "1", value: "1", wantBalance: "1", wantRemaining: "0"},
		"goodwill of exactly the unit":               {limit: 1, goodwill: "100", balance: "1", value: "1", granted: true, wantBalance: "2", wantRemaining: "-1"},
		"a limit of zero gives nothing":              {limit: 0, balance: "0", value: "0.000001", wantBalance: "0", wantRemaining: "0"},
		"a limit of zero has no goodwill":            {limit: 0, goodwill: "100", balance: "0", value: "1", wantBalance: "0", wantRemaining: "0"},
		"a limit of zero meters without enforcement": {limit: 0, metered: true, balance: "0", value: "1", granted: true, wantBalance: "1", wantRemaining: "-1"},
		"a limit lowered below the balance":          {limit: 5, balance: "8", value: "1", wantBalance: "8", wantRemaining: "-3"},
		"a tenth beyond a full balance":              {limit: 5, balance: "5", value: "0.1", wantBalance: "5", wantRemaining: "0"},
		"the largest limit and goodwill":             {limit: MaxLimit, goodwill: "1000000", balance: "1000000000000", value: "1000000000000", granted: true, wantBalance: "2000000000000", wantRemaining: "-1000000000000"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := Limitation{ID: "x", ResetMode: ResetFirstDayOfMonth, Enforce: !test.metered}
			if test.limit >= 0 {
				l.Limit = &test.limit
			}
			if test.goodwill != "" {
				l.Goodwill = decimal(t, test.goodwill)
			}
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			next := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
			result, balance, err := Consume(l, Balance{decimal(t, test.balance), start, 7}, decimal(t, test.value), consumeDay)
			if err != nil {
				t.Fatal(err)
			}
			want := ConsumeResult{Granted: test.granted, Standing: Standing{
				Balance: decimal(t, test.wantBalance), Limit: l.Limit, Goodwill: l.Goodwill, LastReset: start, NextReset: &next,
			}}
			if test.wantRemaining != "" {
				remaining := decimal(t, test.wantRemaining)
				want.Remaining = &remaining
			}
			if test.granted {
				want.ConsumedAt = consumeDay
			} else {
				want.Message, result.Message = "set", map[bool]string{true: "set"}[result.Message != ""]
			}
			if diff := cmp.Diff(want, result); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(Balance{want.Balance, start, 7}, balance); diff != "" {
				t.Errorf("balance (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConsumeAcrossAReset(t *testing.T) {
	l := Limitation{ID: "x", Limit: limitOf(10), ResetMode: ResetFirstDayOfMonth, Enforce: true}
	full := Balance{10 * Token, instant(t, "2026-01-10T00:00:00Z"), 1}

	t.Run("vector 30: at the first of the month balance 10 starts again from the value", func(t *testing.T) {
		result, balance, err := Consume(l, full, Token, instant(t, "2026-02-01T00:00:00Z"))
		if err != nil || !result.Granted {
			t.Fatalf("%+v, %v: want granted", result, err)
		}
		if !result.NextReset.Equal(instant(t, "2026-03-01T00:00:00Z")) {
			t.Errorf("next reset %v", result.NextReset)
		}
		if diff := cmp.Diff(Balance{Token, instant(t, "2026-02-01T00:00:00Z"), 2}, balance); diff != "" {
			t.Errorf("balance (-want +got):\n%s", diff)
		}
	})
	t.Run("a refusal after a reset keeps the reset", func(t *testing.T) {
		result, balance, err := Consume(l, full, 11*Token, instant(t, "2026-02-01T00:00:00Z"))
		if err != nil || result.Granted {
			t.Fatalf("%+v, %v: want refused", result, err)
		}
		if diff := cmp.Diff(Balance{0, instant(t, "2026-02-01T00:00:00Z"), 2}, balance); diff != "" {
			t.Errorf("balance (-want +got):\n%s", diff)
		}
	})
	t.Run("a clock behind the last reset counts in the present period and can roll back", func(t *testing.T) {
		behind := instant(t, "2026-01-09T23:59:59Z")
		result, balance, err := Consume(l, Balance{0, full.LastReset, 1}, Token, behind)
		if err != nil || !result.ConsumedAt.Equal(full.LastReset) {
			t.Fatalf("consumed at %v, %v: want the start of the period", result.ConsumedAt, err)
		}
		balance, err = Rollback(l, balance, Consumption{Value: Token, Period: balance.Period}, instant(t, "2026-01-11T00:00:00Z"))
		if err != nil || balance.Consumed != 0 {
			t.Errorf("balance %s, %v: want 0", balance.Consumed, err)
		}
	})
}

func TestConsumeRefusesWhatMakesNoSense(t *testing.T) {
	consumed := Limitation{ID: "x", Limit: limitOf(10), ResetMode: ResetNever, Enforce: true}
	static, provisioned, unlimited := consumed, consumed, consumed
	static.ResetMode = ResetDisabled
	provisioned.UserProvisioning = true
	unlimited.Limit = nil
	tests := map[string]struct {
		limitation Limitation
		value      Tokens
		want       LimitationReason
	}{
		"vector 34: a static limitation":      {static, Token, StaticLimitation},
		"a user provisioned limitation":       {provisioned, Token, ProvisionedByUser},
		"zero":                                {consumed, 0, InvalidValue},
		"a negative value as a refund":        {consumed, -Token, InvalidValue},
		"more than can be accounted for":      {unlimited, MaxTokens - Token, InvalidValue},
		"more than leaves room for remaining": {unlimited, maxConsumed, InvalidValue},
		"more than can be added":              {unlimited, MaxTokens, InvalidValue},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before := Balance{2 * Token, consumeDay, 1}
			_, after, err := Consume(test.limitation, before, test.value, consumeDay)
			wantReason(t, err, test.want)
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("balance changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConsumeRefusalSaysWhy(t *testing.T) {
	tests := map[string]struct {
		limitation Limitation
		want       string
	}{
		"by name":                {Limitation{ID: "x", Name: "Reports", Limit: limitOf(10)}, `limitation "Reports" has a limit of 10: 3 asked for, 9.5 held`},
		"by id without a name":   {Limitation{ID: "x", Limit: limitOf(10)}, `limitation "x" has a limit of 10: 3 asked for, 9.5 held`},
		"with goodwill":          {Limitation{ID: "x", Limit: limitOf(10), Goodwill: 20 * Token}, `limitation "x" has a limit of 10 (12 with 20 % goodwill): 3 asked for, 9.5 held`},
		"with a broken goodwill": {Limitation{ID: "x", Limit: limitOf(2), Goodwill: decimal(t, "12.5")}, `limitation "x" has a limit of 2 (2.25 with 12.5 % goodwill): 3 asked for, 9.5 held`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.limitation.ResetMode, test.limitation.Enforce = ResetNever, true
			result, _, err := Consume(test.limitation, Balance{decimal(t, "9.5"), consumeDay, 1}, 3*Token, consumeDay)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, result.Message); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRollback(t *testing.T) {
	l := Limitation{ID: "x", Limit: limitOf(10), ResetMode: ResetFirstDayOfMonth, Enforce: true}
	start := instant(t, "2026-02-01T00:00:00Z")
	tests := map[string]struct {
		period int64
		now    string
		want   Balance
	}{
		"a consumption of this period":                   {4, "2026-02-04T00:00:00Z", Balance{3 * Token, start, 4}},
		"a consumption of the period before":             {3, "2026-02-04T00:00:00Z", Balance{5 * Token, start, 4}},
		"a consumption of this period, rolled back late": {4, "2026-03-01T00:00:00Z", Balance{0, instant(t, "2026-03-01T00:00:00Z"), 5}},
		"a consumption of this period by a clock behind": {4, "2026-01-31T23:59:59Z", Balance{3 * Token, start, 4}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Rollback(l, Balance{5 * Token, start, 4}, Consumption{Value: 2 * Token, Period: test.period}, instant(t, test.now))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("never goes below zero", func(t *testing.T) {
		got, err := Rollback(l, Balance{Token, start, 1}, Consumption{Value: 2 * Token, Period: 1}, start)
		if err != nil || got.Consumed != 0 {
			t.Errorf("balance %s, %v: want 0", got.Consumed, err)
		}
	})
	t.Run("is not for user provisioning", func(t *testing.T) {
		_, err := Rollback(Limitation{ID: "x", UserProvisioning: true, ResetMode: ResetNever}, Balance{Token, start, 1}, Consumption{Value: Token, Period: 1}, start)
		wantReason(t, err, ProvisionedByUser)
	})
}
