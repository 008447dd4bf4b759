package sqlstore

import "time"

const hour = int64(time.Hour / time.Second)

// hourOf counts the hours since 1970 (UTC).
func hourOf(t time.Time) int64 {
	seconds := t.Unix()
	hours := seconds / hour
	if seconds%hour < 0 {
		hours--
	}
	return hours
}

// bound is the first time that can be stored and is not before another one: what is stored is before both or before neither.
func bound(t time.Time) time.Time {
	if at := stored(t); !at.Before(t) || t.IsZero() {
		return at
	}
	return stored(t).Add(precision)
}

func timeOf(hours int64) time.Time { return time.Unix(hours*hour, 0).UTC() }

func dayOf(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func monthOf(t time.Time) time.Time {
	year, month, _ := t.UTC().Date()
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

// grain is a length of time that sums are over.
type grain int

const (
	hours grain = iota + 1
	days
	months
)

// floor is the beginning of the period that a time is in.
func (g grain) floor(t time.Time) time.Time {
	switch g {
	case months:
		return monthOf(t)
	case days:
		return dayOf(t)
	default:
		return timeOf(hourOf(t))
	}
}

// ceiling is the first beginning of a period that is not before a time.
func (g grain) ceiling(t time.Time) time.Time {
	floor := g.floor(t)
	if !floor.Before(t) {
		return floor
	}
	switch g {
	case months:
		return floor.AddDate(0, 1, 0)
	case days:
		return floor.AddDate(0, 0, 1)
	default:
		return floor.Add(time.Hour)
	}
}
