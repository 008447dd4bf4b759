package v1alpha1_test

import (
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

func TestDurationIsWrittenAsAPersonWould(t *testing.T) {
	for want, d := range map[v1alpha1.Duration]time.Duration{
		"0s": 0, "2.5s": 2500 * time.Millisecond, "45s": 45 * time.Second, "10m": 10 * time.Minute, "1m30s": 90 * time.Second,
		"1h": time.Hour, "1h30m": 90 * time.Minute, "1h0m30s": time.Hour + 30*time.Second, "24h": 24 * time.Hour,
	} {
		if got := v1alpha1.NewDuration(d); got != want {
			t.Errorf("%s is written %s, want %s", d, got, want)
		}
	}
}

func TestDurationIsReadInHoursMinutesAndSeconds(t *testing.T) {
	for text, want := range map[v1alpha1.Duration]time.Duration{"1h30m": 90 * time.Minute, "90m": 90 * time.Minute, "5400s": 90 * time.Minute, "1h0m0s": time.Hour} {
		if got, err := text.Parse(); err != nil || got != want {
			t.Errorf("%s is %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []v1alpha1.Duration{"", "1", "PT1H", "-1h", "+1h", "1.5h", "1 h", "1d", "100ms", "999999h", "1h1h1h1h"} {
		if got, err := text.Parse(); err == nil {
			t.Errorf("%q is %s, want it refused", text, got)
		}
	}
}
