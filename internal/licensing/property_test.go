package licensing

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestWhateverHappensTokensAreConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.step()
		}
		for _, who := range w.sessions {
			w.catchesUp(who)
			w.closes(who)
		}
		w.wantConserved()
	})
}

func TestASessionCostsItsTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := Tokens(rapid.Int64Range(1, 1_000_000_000).Draw(t, "rate"))
		minutes := rapid.IntRange(0, 1000).Draw(t, "minutes")
		l := newTimeline(t, purchase(act01, MaxTokens))
		table := publicationApps()
		table.Rates = map[ItemKey]Rate{{Name: "Unit"}: FixedRate(rate)}
		l.catalog.RateTables = NewRateTables([]*RateTable{table})
		l.put(item("Unit", "", "1"))
		for m := 61.0; m < float64(minutes); m += 60 {
			l.at(m).beat(HeartbeatRecord)
		}
		l.at(float64(minutes)).close()
		exact := big.NewRat(int64(rate)*int64(minutes), 60)
		excess := exact.Sub(new(big.Rat).SetInt64(int64(l.books.Usage[act01])), exact)
		// Only the one refund at the end is rounded.
		if excess.Sign() < 0 || excess.Cmp(big.NewRat(1, 1)) >= 0 {
			t.Fatalf("%d minutes at rate %s used %s", minutes, rate, l.books.Usage[act01])
		}
	})
}

func TestPriceAndPortionAgreeWithExactArithmetic(t *testing.T) {
	anyAmount := rapid.Int64Range(0, math.MaxInt64)
	rapid.Check(t, func(t *rapid.T) {
		rate, count := Tokens(anyAmount.Draw(t, "rate")), Count(anyAmount.Draw(t, "count"))
		wantExactPrice(t, rate, count)
		whole := rapid.Int64Range(1, math.MaxInt64).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		exact := new(big.Int).Mul(big.NewInt(int64(rate)), big.NewInt(part))
		exact.Quo(exact, big.NewInt(whole))
		if got := rate.portion(part, whole); big.NewInt(int64(got)).Cmp(exact) != 0 {
			t.Fatalf("%s × %d/%d = %s", rate, part, whole, got)
		}
	})
}

// wantExactPrice compares Price with arithmetic on rational numbers.
func wantExactPrice(t failer, rate Tokens, count Count) {
	t.Helper()
	want, wantErr := tokensFromRat(new(big.Rat).Mul(rate.rat(), count.rat()), true)
	got, err := Price(rate, count)
	if got != want || (err == nil) != (wantErr == nil) {
		t.Fatalf("%s × %s = %s, %v; want %s, %v", rate, count, got, err, want, wantErr)
	}
}
