// Package timestamp holds the times that clients of version 2 of the REST API send.
package timestamp

import (
	"encoding/json"
	"fmt"
	"time"
)

// Time is a moment. It reads RFC 3339, and takes a time without offset for UTC: some clients write it so where they mean
// UTC. It writes UTC.
type Time struct{ time.Time }

const withoutOffset = "2006-01-02T15:04:05"

// Parse reads a moment.
func Parse(text string) (Time, error) {
	for _, layout := range []string{time.RFC3339, withoutOffset} {
		if at, err := time.Parse(layout, text); err == nil {
			return Time{at.UTC()}, nil
		}
	}
	return Time{}, fmt.Errorf("%q is not a time: RFC 3339, as in 2026-01-31T12:00:00Z", shortened(text))
}

// MarshalText writes the moment in UTC.
func (t Time) MarshalText() ([]byte, error) { return t.UTC().MarshalText() }

// Bind reads a moment, in a parameter of a query, which would else be taken for a date.
func (t *Time) Bind(text string) error { return t.UnmarshalText([]byte(text)) }

// UnmarshalText reads a moment.
func (t *Time) UnmarshalText(text []byte) (err error) {
	*t, err = Parse(string(text))
	return err
}

// MarshalJSON writes the moment in UTC.
func (t Time) MarshalJSON() ([]byte, error) { return t.UTC().MarshalJSON() }

// UnmarshalJSON reads a moment, in a body.
func (t *Time) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	return t.UnmarshalText([]byte(text))
}

// shortened keeps a hostile text out of the log.
func shortened(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}
