package timestamp_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/api/openapi/timestamp"
)

func TestTimesAreReadInAllTheFormsThatClientsWrite(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-31T12:00:00Z":         `"2026-01-31T12:00:00Z"`,
		"2026-01-31T12:00:00.1234567Z": `"2026-01-31T12:00:00.1234567Z"`,
		"2026-01-31T12:00:00+00:00":    `"2026-01-31T12:00:00Z"`,
		"2026-01-31T14:00:00+02:00":    `"2026-01-31T12:00:00Z"`,
		"2026-01-31T12:00:00":          `"2026-01-31T12:00:00Z"`,
		"2026-01-31T12:00:00.5":        `"2026-01-31T12:00:00.5Z"`,
		"9999-12-31T23:59:59.9999999":  `"9999-12-31T23:59:59.9999999Z"`,
	} {
		var inBody timestamp.Time
		if err := json.Unmarshal([]byte(`"`+text+`"`), &inBody); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got, err := json.Marshal(inBody); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
		var inQuery timestamp.Time
		if err := inQuery.UnmarshalText([]byte(text)); err != nil || !inQuery.Equal(inBody.Time) {
			t.Errorf("%s: got %s, %v, want %s", text, inQuery, err, inBody)
		}
		if got, err := inQuery.MarshalText(); err != nil || `"`+string(got)+`"` != want {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestWhatIsNoTimeIsRefused(t *testing.T) {
	for _, text := range []string{`"2026-01-31"`, `"2026-02-30T12:00:00Z"`, `"12:00"`, `""`, `1795275900000`, `"` + strings.Repeat("9", 100) + `"`} {
		var at timestamp.Time
		if err := json.Unmarshal([]byte(text), &at); err == nil || len(err.Error()) > 150 {
			t.Errorf("%s: got %s, %v, want a short error", text, at, err)
		}
	}
}
