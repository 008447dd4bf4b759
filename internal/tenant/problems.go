package tenant

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// problems gathers everything that is wrong with what a caller sent, so that it need not be found out one by one.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

// addAll takes the problems that were joined in an error, each below the field.
func (p *problems) addAll(field string, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			p.addAll(field, one)
		}
		return
	}
	if err != nil {
		p.add("%s%s", field, err)
	}
}

func (p *problems) length(field, text string, least, most int) {
	if length := utf8.RuneCountInString(text); length < least || length > most {
		p.add("%s: has %d characters, must have %d to %d", field, length, least, most)
	}
}

func (p *problems) time(field string, at time.Time) {
	if at.Before(earliest) || at.After(latest) {
		p.add("%s: %d, must be %d to %d, which is %s to %s", field, at.UnixMilli(), earliest.UnixMilli(), latest.UnixMilli(),
			earliest.Format(time.RFC3339), latest.Format(time.RFC3339))
	}
}

// err is nil when nothing is wrong.
func (p *problems) err() error {
	if len(*p) == 0 {
		return nil
	}
	return &Error{Reason: Invalid, Problems: *p}
}

// The times that have the four digits of a year which RFC 3339 has room for.
var (
	earliest = time.UnixMilli(0).UTC()
	latest   = time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
)
