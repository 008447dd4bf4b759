package licensing

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"regexp"
	"strings"
)

// Sum is what amounts of several accounts or periods come to, exactly: each of them is bounded, what they come to is not. It is
// counted in micro-tokens in 128 bits of two's complement, for more amounts than there will ever be.
type Sum struct {
	high int64
	low  uint64
}

// SumOf is so many whole tokens and micro-tokens.
func SumOf(whole, micros int64) Sum {
	high, low := bits.Mul64(magnitude(whole), microsPerUnit)
	sum := Sum{int64(high), low} //nolint:gosec // less than the factor
	if whole < 0 {
		sum = Sum{}.Sub(sum)
	}
	return sum.Add(Tokens(micros).Sum())
}

// Sum is the amount, to be added to others.
func (t Tokens) Sum() Sum {
	return Sum{int64(t) >> 63, uint64(t)} //nolint:gosec // the sign goes to the upper half
}

// Add is exact.
func (s Sum) Add(t Sum) Sum {
	low, carry := bits.Add64(s.low, t.low, 0)
	return Sum{s.high + t.high + int64(carry), low} //nolint:gosec // 0 or 1
}

// Sub is exact.
func (s Sum) Sub(t Sum) Sum {
	low, borrow := bits.Sub64(s.low, t.low, 0)
	return Sum{s.high - t.high - int64(borrow), low} //nolint:gosec // 0 or 1
}

// Compare is negative if s is less than t, positive if it is more.
func (s Sum) Compare(t Sum) int {
	return cmp.Or(cmp.Compare(s.high, t.high), cmp.Compare(s.low, t.low))
}

// Equal is for comparisons in tests.
func (s Sum) Equal(t Sum) bool { return s == t }

// Sign is that of the number.
func (s Sum) Sign() int { return s.Compare(Sum{}) }

// Tokens fails where the sum is larger than an amount can be.
func (s Sum) Tokens() (Tokens, error) {
	tokens := Tokens(s.low) //nolint:gosec // compared below
	if tokens.Sum() != s {
		return 0, fmt.Errorf("a sum of %s tokens: %w", s, ErrOverflow)
	}
	return tokens, nil
}

// Micros is the sum in micro-tokens.
func (s Sum) Micros() *big.Int {
	micros := new(big.Int).Lsh(big.NewInt(s.high), 64)
	return micros.Add(micros, new(big.Int).SetUint64(s.low))
}

// String is the plain decimal form without trailing zeros.
func (s Sum) String() string {
	micros := s.Micros()
	whole, fraction := new(big.Int).QuoRem(micros.Abs(micros), big.NewInt(microsPerUnit), new(big.Int))
	text := whole.String()
	if fraction.Sign() > 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%0*d", fractionDigits, fraction), "0")
	}
	if s.Sign() < 0 {
		text = "-" + text
	}
	return text
}

var plainDecimal = regexp.MustCompile(`^(-?[0-9]+)(?:\.([0-9]{1,6}))?$`)

// ParseSum reads a plain decimal: no exponent, at most six decimal places.
func ParseSum(text string) (Sum, error) {
	parts := plainDecimal.FindStringSubmatch(text)
	if parts == nil {
		return Sum{}, fmt.Errorf("%q must be a plain decimal with at most %d decimal places", shorten(text), fractionDigits)
	}
	micros, _ := new(big.Int).SetString(parts[1]+parts[2]+strings.Repeat("0", fractionDigits-len(parts[2])), 10)
	low := new(big.Int).And(micros, new(big.Int).SetUint64(math.MaxUint64))
	high := new(big.Int).Rsh(micros, 64)
	if !high.IsInt64() {
		return Sum{}, fmt.Errorf("%q: %w", shorten(text), ErrOverflow)
	}
	return Sum{high.Int64(), low.Uint64()}, nil
}

// MarshalText writes the plain decimal form.
func (s Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
