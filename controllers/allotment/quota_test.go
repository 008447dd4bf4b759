package allotment

import (
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestQuotaAsksForOneMoreThanThereAre(t *testing.T) {
	limit := func(n int64, goodwill licensing.Tokens, enforce bool) licensing.Limitation {
		return licensing.Limitation{Limit: &n, Goodwill: goodwill * licensing.Token, Enforce: enforce}
	}
	for name, test := range map[string]struct {
		limitation licensing.Limitation
		held       int64
		want       int // of 10 who ask
	}{
		"with units left":             {limit(5, 0, true), 2, 4},
		"with none left":              {limit(5, 0, true), 5, 1},
		"with more held than allowed": {limit(5, 0, true), 7, 1},
		"goodwill is asked for":       {limit(5, 50, true), 5, 3},
		"without enforcement":         {limit(0, 0, false), 5, 10},
		"without a limit":             {licensing.Limitation{Enforce: true}, 5, 10},
	} {
		t.Run(name, func(t *testing.T) {
			quota, asked := NewQuota(test.limitation, test.held), 0
			for range 10 {
				if quota.left == 0 {
					quota.Refusal = &Refusal{} // as the answers would
				}
				may, err := quota.Ask(t.Context(), &Batch{})
				if err != nil {
					t.Fatal(err)
				}
				if may {
					asked++
				}
			}
			if asked != test.want {
				t.Errorf("%d asked, want %d", asked, test.want)
			}
		})
	}
}

func TestQuotaGoesOnWhenNobodyIsRefused(t *testing.T) {
	quota := NewQuota(licensing.Limitation{Limit: new(int64(1)), Enforce: true}, 1)
	for i := range 40 {
		if may, err := quota.Ask(t.Context(), &Batch{}); err != nil || !may {
			t.Fatalf("request %d: %t, %v", i, may, err)
		}
	}
	quota.Refusal = &Refusal{}
	if may, _ := quota.Ask(t.Context(), &Batch{}); may {
		t.Error("asked after a refusal")
	}
}
