package licensing

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Tokens is a number of tokens, counted in micro-tokens (one millionth of a token). It is also the unit of every other
// fractional quantity that touches money: a rate is the Tokens that one count costs.
type Tokens int64

// Count is how many of an item are asked for, in millionths: counts may be fractional.
type Count int64

const (
	// Token is one whole token in micro-tokens.
	Token Tokens = microsPerUnit
	// One is a count of one.
	One Count = microsPerUnit
	// MaxTokens is the largest amount that can be represented, about 9.2 million million tokens.
	MaxTokens Tokens = math.MaxInt64

	microsPerUnit  = 1_000_000
	fractionDigits = 6
)

// ErrOverflow reports an amount beyond MaxTokens.
var ErrOverflow = errors.New("the amount is larger than can be accounted for")

// ParseTokens reads a plain decimal such as "29.333333": no exponent, at most six decimal places.
func ParseTokens(text string) (Tokens, error) {
	micros, err := parseMicros(text)
	return Tokens(micros), err
}

// ParseCount reads a plain decimal with at most six decimal places.
func ParseCount(text string) (Count, error) {
	micros, err := parseMicros(text)
	return Count(micros), err
}

// WholeTokens converts a whole number of tokens.
func WholeTokens(n int64) (Tokens, error) {
	hi, lo := bits.Mul64(magnitude(n), microsPerUnit)
	if hi != 0 || lo > math.MaxInt64 {
		return 0, fmt.Errorf("%d tokens: %w", n, ErrOverflow)
	}
	return Tokens(n * microsPerUnit), nil
}

// String is the plain decimal form without trailing zeros.
func (t Tokens) String() string { return formatMicros(int64(t)) }

// String is the plain decimal form without trailing zeros.
func (c Count) String() string { return formatMicros(int64(c)) }

// MarshalText writes the plain decimal form.
func (t Tokens) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MarshalText writes the plain decimal form.
func (c Count) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the plain decimal form.
func (t *Tokens) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTokens(string(text))
	return err
}

// UnmarshalText reads the plain decimal form.
func (c *Count) UnmarshalText(text []byte) (err error) {
	*c, err = ParseCount(string(text))
	return err
}

// Add is checked: it fails rather than wrap around.
func (t Tokens) Add(u Tokens) (Tokens, error) {
	sum := t + u
	if (sum > t) != (u > 0) && u != 0 {
		return 0, ErrOverflow
	}
	return sum, nil
}

// Sub is checked: it fails rather than wrap around.
func (t Tokens) Sub(u Tokens) (Tokens, error) {
	difference := t - u
	if (difference < t) != (u > 0) && u != 0 {
		return 0, ErrOverflow
	}
	return difference, nil
}

// saturatingAdd is for limits, where more than can be counted is as good as the largest amount.
func (t Tokens) saturatingAdd(u Tokens) Tokens {
	if sum, err := t.Add(u); err == nil {
		return sum
	}
	return MaxTokens
}

// Price is what count costs at rate, rounded up to the micro-token so that no fraction is ever given away.
// Both must be zero or more.
func Price(rate Tokens, count Count) (Tokens, error) {
	hi, lo := bits.Mul64(uint64(rate), uint64(count)) //nolint:gosec // both are zero or more
	lo, carry := bits.Add64(lo, microsPerUnit-1, 0)   // so that the division rounds up
	if hi += carry; hi >= microsPerUnit {
		return 0, ErrOverflow
	}
	price, _ := bits.Div64(hi, lo, microsPerUnit)
	if price > math.MaxInt64 {
		return 0, ErrOverflow
	}
	return Tokens(price), nil //nolint:gosec // checked above
}

// portion is t × part / whole, rounded down. It wants 0 ≤ part ≤ whole, t ≥ 0 and whole > 0.
func (t Tokens) portion(part, whole int64) Tokens {
	hi, lo := bits.Mul64(uint64(t), uint64(part))    //nolint:gosec // wanted to be zero or more
	quotient, _ := bits.Div64(hi, lo, uint64(whole)) //nolint:gosec // part ≤ whole, so that the quotient is at most t
	return Tokens(quotient)                          //nolint:gosec // at most t
}

func (t Tokens) rat() *big.Rat { return big.NewRat(int64(t), microsPerUnit) }

func (c Count) rat() *big.Rat { return big.NewRat(int64(c), microsPerUnit) }

// tokensFromRat rounds to the micro-token in the given direction.
func tokensFromRat(r *big.Rat, up bool) (Tokens, error) {
	scaled := new(big.Int).Mul(r.Num(), big.NewInt(microsPerUnit))
	// Euclidean division rounds towards negative infinity for our positive denominators.
	quotient, remainder := new(big.Int).DivMod(scaled, r.Denom(), new(big.Int))
	if up && remainder.Sign() > 0 {
		quotient.Add(quotient, big.NewInt(1))
	}
	if !quotient.IsInt64() {
		return 0, ErrOverflow
	}
	return Tokens(quotient.Int64()), nil
}

func parseMicros(text string) (int64, error) {
	digits := strings.TrimPrefix(text, "-")
	sign := text[:len(text)-len(digits)]
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	switch {
	case whole == "" || !allDigits(whole) || !allDigits(fraction) || (hasPoint && fraction == ""):
		return 0, fmt.Errorf("%q is not a plain decimal number such as 29.333333", shorten(text))
	case len(fraction) > fractionDigits:
		return 0, fmt.Errorf("%q has %d decimal places, at most %d are possible", shorten(text), len(fraction), fractionDigits)
	}
	fraction += strings.Repeat("0", fractionDigits-len(fraction))
	micros, err := strconv.ParseInt(sign+whole+fraction, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", shorten(text), ErrOverflow)
	}
	return micros, nil
}

func formatMicros(micros int64) string {
	magnitude := magnitude(micros)
	text := strconv.FormatUint(magnitude/microsPerUnit, 10)
	if fraction := magnitude % microsPerUnit; fraction != 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%06d", fraction), "0")
	}
	if micros < 0 {
		text = "-" + text
	}
	return text
}

func allDigits(text string) bool {
	return strings.Trim(text, "0123456789") == ""
}

// magnitude is the absolute value; unlike -n it is right for the smallest int64 too.
func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-(n + 1)) + 1
	}
	return uint64(n)
}

// shorten keeps hostile input out of error messages.
func shorten(text string) string {
	const longest = 40
	if len(text) <= longest {
		return text
	}
	return text[:longest] + "…"
}
