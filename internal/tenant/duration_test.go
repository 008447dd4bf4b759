package tenant

import (
	"testing"
	"time"
)

func TestPeriodsAreHoursAndMinutes(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"PT10M": 10 * time.Minute, "PT30M": 30 * time.Minute, "PT1H": time.Hour, "PT1H30M": 90 * time.Minute, "PT24H": 24 * time.Hour,
		"PT90M": 90 * time.Minute, "PT1440M": 24 * time.Hour, "PT23H60M": 24 * time.Hour, "PT0H10M": 10 * time.Minute, "PT01H": time.Hour,
	} {
		got, err := parsePeriod(text)
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
		if again, err := parsePeriod(formatPeriod(got)); err != nil || again != want {
			t.Errorf("%s is written %s", text, formatPeriod(got))
		}
	}
}

func TestOtherPeriodsAreRefused(t *testing.T) {
	const form = ", must be a duration of hours and minutes: PTnH, PTnM or PTnHnM, as in PT1H30M"
	for text, want := range map[string]string{
		"PT9M": "PT9M, must be PT10M to PT24H", "PT25H": "PT25H, must be PT10M to PT24H", "PT24H1M": "PT24H1M, must be PT10M to PT24H",
		"PT0M": "PT0M, must be PT10M to PT24H", "PT9999H": "PT9999H, must be PT10M to PT24H",
		"PT90S": `"PT90S"` + form, "PT1H30S": `"PT1H30S"` + form, "PT": `"PT"` + form, "": `""` + form, "P1D": `"P1D"` + form, "pt1h": `"pt1h"` + form,
		"PT1.5H": `"PT1.5H"` + form, "PT-1H": `"PT-1H"` + form, "PT30M1H": `"PT30M1H"` + form, "1h": `"1h"` + form, "PT1H\n": `"PT1H\n"` + form,
		"PT99999999999999999999H": `"PT99999999999999999999H"` + form,
	} {
		if _, err := parsePeriod(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestPeriodsOfAnOperatorInDevelopmentHaveSeconds(t *testing.T) {
	for period, want := range map[time.Duration]string{5 * time.Second: "PT5S", 90 * time.Second: "PT1M30S", time.Hour + time.Second: "PT1H1S", 0: "PT0S"} {
		if got := formatPeriod(period); got != want {
			t.Errorf("%s: got %s, want %s", period, got, want)
		}
	}
}
