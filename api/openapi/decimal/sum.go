package decimal

import "bytes"

// MaxSumDigits is how many digits a Sum may have before the point: as many as sums of 128 bits have.
const MaxSumDigits = 33

// Sum is what decimals come to: plain text and a number in JSON, as they are, but with more digits before the point. The zero value
// is the number 0.
type Sum string

// String is the plain decimal form.
func (s Sum) String() string { return Decimal(s).String() }

// MarshalJSON writes a JSON number, and nothing that is none.
func (s Sum) MarshalJSON() ([]byte, error) {
	number, err := normalize(s.String(), MaxSumDigits)
	return []byte(number), err
}

// UnmarshalJSON reads a JSON number, and nothing else.
func (s *Sum) UnmarshalJSON(data []byte) error {
	number, err := normalize(string(bytes.TrimSpace(data)), MaxSumDigits)
	if err != nil {
		return err
	}
	*s = Sum(number)
	return nil
}
