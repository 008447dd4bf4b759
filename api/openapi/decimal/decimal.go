// Package decimal holds the numbers of the REST API: counts, rates and tokens.
package decimal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// What the REST API can say. The ledger counts millionths in 64 bits.
const (
	MaxIntegerDigits  = 13
	MaxFractionDigits = 6
)

// Decimal is a plain decimal such as "29.333333", and a number in JSON. It is text and never a float, so that what one
// side wrote is what the other reads. The zero value is the number 0.
type Decimal string

// Parse reads a number as JSON writes it, exponents included, and normalizes it: no exponent, no needless zeros.
func Parse(text string) (Decimal, error) {
	number, err := normalize(text, MaxIntegerDigits)
	return Decimal(number), err
}

// String is the plain decimal form.
func (d Decimal) String() string {
	if d == "" {
		return "0"
	}
	return string(d)
}

// MarshalJSON writes a JSON number. A Decimal need not come from Parse, and what is not a number is not written.
func (d Decimal) MarshalJSON() ([]byte, error) {
	number, err := Parse(d.String())
	return []byte(number), err
}

// UnmarshalJSON reads a JSON number, and nothing else.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	number, err := Parse(string(bytes.TrimSpace(data)))
	if err != nil {
		return err
	}
	*d = number
	return nil
}

var (
	errNoNumber   = errors.New("is not a number")
	errTooLarge   = errors.New("is too large")
	errTooPrecise = fmt.Errorf("has more than %d digits after the point", MaxFractionDigits)
)

// normalize gives the plain form of a number that has so many digits before the point, at most.
func normalize(text string, most int) (string, error) {
	number, err := plain(text, most)
	if errors.Is(err, errTooLarge) {
		err = fmt.Errorf("has more than %d digits before the point", most)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", shortened(text), err)
	}
	return number, nil
}

func plain(text string, most int) (string, error) {
	// Whatever is valid JSON and begins like a number is one.
	if text == "" || !strings.ContainsRune("-0123456789", rune(text[0])) || !json.Valid([]byte(text)) {
		return "", errNoNumber
	}
	text, negative := strings.CutPrefix(text, "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")

	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0", nil
	}
	point, err := shift(exponent)
	if err != nil {
		return "", err
	}
	// The number is 0.digits times 10 to the power of point.
	point += len(whole) - (len(whole+fraction) - len(digits))
	digits = strings.TrimRight(digits, "0")
	switch {
	case point > most:
		return "", errTooLarge
	case len(digits)-point > MaxFractionDigits:
		return "", errTooPrecise
	}
	number := place(digits, point)
	if negative {
		number = "-" + number
	}
	return number, nil
}

// shift reads an exponent. One beyond int16 would need a body of its own size in zeros to come back into range.
func shift(exponent string) (int, error) {
	if exponent == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(exponent, 10, 16)
	switch {
	case err == nil:
		return int(n), nil
	case exponent[0] == '-':
		return 0, errTooPrecise
	default:
		return 0, errTooLarge
	}
}

// place writes 0.digits times 10 to the power of point without an exponent.
func place(digits string, point int) string {
	switch {
	case point <= 0:
		return "0." + strings.Repeat("0", -point) + digits
	case point >= len(digits):
		return digits + strings.Repeat("0", point-len(digits))
	default:
		return digits[:point] + "." + digits[point:]
	}
}

// shortened keeps a hostile number out of the log.
func shortened(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}
