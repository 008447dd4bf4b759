package v1alpha1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Decimal is a number with at most 13 digits before and 6 after the decimal
// point. It is written as an integer (3) or as a string ("29.333333").
//
// It is text and never a float: 0.1 tokens are exactly 0.1 tokens, and what a
// person wrote is what the object keeps. Calculation is done elsewhere, in
// whole millionths. The type is a string so that it can be compared, copied and
// left out (omitempty) without further ado; the empty text means "not given".
//
// +kubebuilder:validation:Type=""
// +kubebuilder:validation:XIntOrString
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=21
// +kubebuilder:validation:Pattern=`^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,6})?$`
type Decimal string

var (
	decimalText = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,6})?$`)
	integerText = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,12})$`)
)

// NewDecimal returns the decimal written in text, or an error that says what a
// decimal looks like. Figures from the ledger are decimals already and are
// converted directly.
func NewDecimal(text string) (Decimal, error) {
	if !decimalText.MatchString(text) {
		return "", fmt.Errorf("%q is not a decimal: want at most 13 digits, and at most 6 more after a point, as in 29.333333", text)
	}
	return Decimal(text), nil
}

// String returns the number as it was written.
func (d Decimal) String() string { return string(d) }

// IsZero reports whether the number is zero; one that is not given counts as
// zero. Fields of this type are tagged omitempty, which does not ask this
// method, so that a zero that was written stays written.
func (d Decimal) IsZero() bool { return !strings.ContainsAny(string(d), "123456789") }

// MarshalJSON writes an integer as a JSON integer, the way people write it, and
// everything else as a string, because a JSON number would pass through floats.
func (d Decimal) MarshalJSON() ([]byte, error) {
	if integerText.MatchString(string(d)) {
		return []byte(d), nil
	}
	return json.Marshal(string(d))
}

// UnmarshalJSON keeps the text of a JSON number or string. It does not check
// it: the API server has done so, and one malformed object must not keep an
// informer from reading all the others.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.Equal(data, []byte("null")):
		return nil
	case len(data) > 0 && data[0] == '"':
		return json.Unmarshal(data, (*string)(d))
	}
	var number json.Number
	if err := json.Unmarshal(data, &number); err != nil {
		return fmt.Errorf("a decimal is an integer or a string: %w", err)
	}
	*d = Decimal(number)
	return nil
}
