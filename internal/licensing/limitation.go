package licensing

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Bounds of a limitation, so that no sum of its figures can overflow.
const (
	MaxLimit           = 1_000_000_000_000
	MaxResetPeriodDays = 36_500
	MaxGoodwill        = 1_000_000 * Token // percent
)

// Limitation is a quantified feature of a license: how much of it there is, over which time, and what happens beyond.
type Limitation struct {
	ID string
	// Name is for people; messages fall back to the ID without it.
	Name string
	// Limit is the quota of a period. Nil is unlimited, which is not the same as zero.
	Limit *int64
	// UserProvisioning makes the limit a number of named users, each of whom holds one unit or none.
	UserProvisioning bool
	ResetMode        ResetMode
	// ResetPeriodDays is the length of a period with ResetPeriodically, and zero otherwise.
	ResetPeriodDays int
	// Goodwill is the percentage of the limit that may be taken beyond it.
	Goodwill Tokens
	// Enforce refuses what exceeds limit and goodwill; without it the excess is only metered.
	Enforce bool
}

// Validate reports everything that is wrong, each with the field it is about.
func (l Limitation) Validate() error {
	var problems []error
	report := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if l.ID == "" {
		report("id: is required")
	}
	if BuiltIn(l.ID) {
		report("id: %q, must not begin with #", l.ID)
	}
	if l.Limit != nil && (*l.Limit < 0 || *l.Limit > MaxLimit) {
		report("limit: %d, must be from 0 to %d", *l.Limit, int64(MaxLimit))
	}
	if l.Goodwill < 0 || l.Goodwill > MaxGoodwill {
		report("goodwill: %s %%, must be from 0 to %s", l.Goodwill, MaxGoodwill)
	}
	switch {
	case !l.ResetMode.known():
		report("resetMode: %q, must be one of %s", string(l.ResetMode), resetModeList())
	case l.UserProvisioning && l.ResetMode != ResetNever:
		// A reset would free units whose holders keep their transactions.
		report("resetMode: %s, must be %s with userProvisioning", l.ResetMode, ResetNever)
	}
	switch periodically := l.ResetMode == ResetPeriodically; {
	case periodically && (l.ResetPeriodDays < 1 || l.ResetPeriodDays > MaxResetPeriodDays):
		report("resetPeriodDays: %d, must be from 1 to %d with resetMode %s", l.ResetPeriodDays, MaxResetPeriodDays, ResetPeriodically)
	case !periodically && l.ResetPeriodDays != 0:
		report("resetPeriodDays: %d, has a meaning only with resetMode %s", l.ResetPeriodDays, ResetPeriodically)
	}
	return errors.Join(problems...)
}

// admits reports whether a total is acceptable. The comparison is exact: the ceiling of a limit of 2 with 20 % of
// goodwill is 2.4, neither 2 nor 3.
func (l Limitation) admits(total Tokens) bool {
	if l.Limit == nil || !l.Enforce {
		return true
	}
	return total.rat().Cmp(l.ceiling()) <= 0
}

// ceiling is limit × (100 + goodwill) / 100.
func (l Limitation) ceiling() *big.Rat {
	factor := new(big.Rat).Add(big.NewRat(100, 1), l.Goodwill.rat())
	factor.Mul(factor, big.NewRat(*l.Limit, 100))
	return factor
}

// refusal tells who asked why not: the limitation, its limit, what was asked for and what is held.
func (l Limitation) refusal(asked, held Tokens) string {
	limit := fmt.Sprint(*l.Limit)
	if l.Goodwill > 0 {
		ceiling := strings.TrimSuffix(strings.TrimRight(l.ceiling().FloatString(8), "0"), ".")
		limit += fmt.Sprintf(" (%s with %s %% goodwill)", ceiling, l.Goodwill)
	}
	return fmt.Sprintf("limitation %q has a limit of %s: %s asked for, %s held", l.label(), limit, asked, held)
}

func (l Limitation) label() string {
	if l.Name != "" {
		return l.Name
	}
	return l.ID
}
