package licensing

import (
	"slices"
	"strings"
	"time"
)

// ResetMode says when the balance of a limitation starts again from zero.
type ResetMode string

const (
	// ResetDisabled is a static limitation, without a balance.
	ResetDisabled ResetMode = "Disabled"
	// ResetNever keeps one balance over the whole life of the license.
	ResetNever ResetMode = "Never"
	// ResetPeriodically resets every so many days.
	ResetPeriodically ResetMode = "Periodically"
	// ResetFirstDayOfMonth resets on the first day of every month.
	ResetFirstDayOfMonth ResetMode = "FirstDayOfMonth"
	// ResetFirstDayEachQuarter resets on the first of January, April, July and October.
	ResetFirstDayEachQuarter ResetMode = "FirstDayEachQuarter"
	// ResetFirstDayOfYear resets on the first of January.
	ResetFirstDayOfYear ResetMode = "FirstDayOfYear"
)

var resetModes = []ResetMode{
	ResetDisabled, ResetNever, ResetPeriodically, ResetFirstDayOfMonth, ResetFirstDayEachQuarter, ResetFirstDayOfYear,
}

func (m ResetMode) known() bool { return slices.Contains(resetModes, m) }

func resetModeList() string {
	names := make([]string, len(resetModes))
	for i, mode := range resetModes {
		names[i] = string(mode)
	}
	return strings.Join(names, ", ")
}

// NextReset returns the first reset after lastReset, always a midnight in UTC; false if there is none. Periods of n days
// count from the day of the last reset, so one that was done at noon still ends at midnight.
func NextReset(mode ResetMode, days int, lastReset time.Time) (time.Time, bool) {
	next, ok := periodStart(mode, days, lastReset, lastReset)
	if !ok {
		return time.Time{}, false
	}
	switch mode {
	case ResetPeriodically:
		next = next.AddDate(0, 0, days)
	case ResetFirstDayOfMonth:
		next = next.AddDate(0, 1, 0)
	case ResetFirstDayEachQuarter:
		next = next.AddDate(0, 3, 0)
	default:
		next = next.AddDate(1, 0, 0)
	}
	// Past the last representable year the calendar wraps around.
	return next, next.After(lastReset)
}

// periodStart returns the start of the period that now lies in, given a reset before; false if the mode has no periods.
// Periods of n days have no place in the calendar: they advance in whole periods from the last reset.
func periodStart(mode ResetMode, days int, lastReset, now time.Time) (time.Time, bool) {
	year, month, _ := now.UTC().Date()
	switch mode {
	case ResetPeriodically:
		if days < 1 || days > MaxResetPeriodDays {
			return time.Time{}, false
		}
		anchor := utcMidnight(lastReset)
		// In seconds, because a time.Duration ends after 292 years.
		elapsed := int((now.Unix() - anchor.Unix()) / secondsPerDay)
		return anchor.AddDate(0, 0, elapsed-elapsed%days), true
	case ResetFirstDayOfMonth:
	case ResetFirstDayEachQuarter:
		month -= (month - 1) % 3
	case ResetFirstDayOfYear:
		month = time.January
	default:
		return time.Time{}, false
	}
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC), true
}

// secondsPerDay has no exception in POSIX time, which knows neither leap seconds nor summer time.
const secondsPerDay = 24 * 60 * 60

func utcMidnight(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
