package licensing

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestSumsHaveNoBound(t *testing.T) {
	for want, sum := range map[string]Sum{
		"0":                            {},
		"-0.000001":                    Tokens(-1).Sum(),
		"16000000000000":               Tokens(8e18).Sum().Add(Tokens(8e18).Sum()),
		"27670116110564.327421":        MaxTokens.Sum().Add(MaxTokens.Sum()).Add(MaxTokens.Sum()),
		"-18446744073709.551616":       Tokens(math.MinInt64).Sum().Add(Tokens(math.MinInt64).Sum()),
		"9223372036854.775808":         Sum{}.Sub(Tokens(math.MinInt64).Sum()),
		"9223372036854775807.999999":   SumOf(math.MaxInt64, 999_999),
		"-9223372036854775808.999999":  SumOf(math.MinInt64, -999_999),
		"9223390483598849516.551614":   SumOf(math.MaxInt64, math.MaxInt64).Add(MaxTokens.Sum()).Add(MaxTokens.Sum()).Sub(MaxTokens.Sum()),
		"18446744073709551615.5":       SumOf(math.MaxInt64, 500_000).Add(SumOf(math.MaxInt64, 0)).Add(SumOf(1, 0)),
		"-18446744073709551616.000001": SumOf(math.MinInt64, -1).Add(SumOf(math.MinInt64, 0)),
	} {
		if got := sum.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, err := ParseSum(want); err != nil || got != sum {
			t.Errorf("%s is read as %s, %v", want, got, err)
		}
	}
}

func TestWhatIsNoSumIsNotReadAsOne(t *testing.T) {
	for _, text := range []string{"", "-", ".5", "1.", "1.0000001", "1e3", " 1", "+1", "0x1", "170141183460469231731687303715884.105728"} {
		if got, err := ParseSum(text); err == nil {
			t.Errorf("%q is read as %s", text, got)
		}
	}
	for text, want := range map[string]string{"1.50": "1.5", "-0": "0", "007": "7", "-170141183460469231731687303715884.105728": "-170141183460469231731687303715884.105728"} {
		if got, err := ParseSum(text); err != nil || got.String() != want {
			t.Errorf("%q is read as %s, %v", text, got, err)
		}
	}
}

func TestASumIsAnAmountWhereItIsNotLarger(t *testing.T) {
	for _, amount := range []Tokens{0, 1, -1, MaxTokens, math.MinInt64, 29_333_333} {
		if got, err := amount.Sum().Tokens(); err != nil || got != amount || amount.Sum().String() != amount.String() {
			t.Errorf("%s: got %s, %v", amount, got, err)
		}
	}
	for _, sum := range []Sum{MaxTokens.Sum().Add(Tokens(1).Sum()), Tokens(math.MinInt64).Sum().Sub(Tokens(1).Sum()), SumOf(math.MaxInt64, 0)} {
		if got, err := sum.Tokens(); !errors.Is(err, ErrOverflow) {
			t.Errorf("%s: got %s, %v, want an overflow", sum, got, err)
		}
	}
}

// TestSumsAreThoseOfLargeIntegers compares with arithmetic that knows no bound.
func TestSumsAreThoseOfLargeIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (Sum, *big.Int) {
			whole, micros := rapid.Int64().Draw(t, name), rapid.Int64().Draw(t, name+" micros")
			exact := new(big.Int).Mul(big.NewInt(whole), big.NewInt(int64(Token)))
			return SumOf(whole, micros), exact.Add(exact, big.NewInt(micros))
		}
		a, exactA := draw("a")
		b, exactB := draw("b")
		for what, is := range map[string]bool{
			"of":      a.Micros().Cmp(exactA) == 0,
			"add":     a.Add(b).Micros().Cmp(new(big.Int).Add(exactA, exactB)) == 0,
			"sub":     a.Sub(b).Micros().Cmp(new(big.Int).Sub(exactA, exactB)) == 0,
			"compare": a.Compare(b) == exactA.Cmp(exactB),
			"sign":    a.Sign() == exactA.Sign(),
		} {
			if !is {
				t.Errorf("%s is not exact: %s and %s", what, exactA, exactB)
			}
		}
	})
}
