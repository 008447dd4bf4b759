package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Duration is a duration in the text form of Go, as in 1h30m. A text that is none is kept until Validate, which knows
// the field's name: a decoder does not tell it.
type Duration struct {
	time.Duration
	invalid string
}

// DurationOf is a valid Duration.
func DurationOf(d time.Duration) Duration { return Duration{Duration: d} }

func parseDuration(text string) Duration {
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return Duration{invalid: text}
	}
	return DurationOf(parsed)
}

// UnmarshalJSON reads a text.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		*d = Duration{invalid: string(data)}
		return nil
	}
	*d = parseDuration(text)
	return nil
}

// MarshalJSON writes the text that String gives.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// String leaves out the units that are zero, as a person would: 1h and not 1h0m0s.
func (d Duration) String() string {
	if d.invalid != "" {
		return d.invalid
	}
	text := d.Duration.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// IsZero tells whether the duration was left out.
func (d Duration) IsZero() bool { return d == Duration{} }

// between reports a duration that cannot be read or is out of bounds.
func (d Duration) between(field string, shortest, longest time.Duration) error {
	if d.invalid != "" {
		return fmt.Errorf("%s: %q is not a duration: write it as in 1h30m or 10s", field, d.invalid)
	}
	if d.Duration < shortest || d.Duration > longest {
		return fmt.Errorf("%s: %s is not possible: from %s to %s", field, d, DurationOf(shortest), DurationOf(longest))
	}
	return nil
}
