package trigger

import (
	"testing"
	"time"
)

func TestAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	endless := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	for name, test := range map[string]struct {
		moments []time.Time
		want    time.Duration
	}{
		"nothing to wait for":                     {nil, 0},
		"what has passed is not waited for":       {[]time.Time{now, now.Add(-time.Hour), {}}, 0},
		"the first of several counts":             {[]time.Time{now.Add(time.Hour), now.Add(time.Minute)}, time.Minute + time.Millisecond},
		"a moment beyond all durations is capped": {[]time.Time{endless}, Longest + time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			if got := After(now, test.moments...); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
