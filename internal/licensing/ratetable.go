package licensing

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// ItemKey names a priced item. An empty version is a version of its own, not a wildcard (dynamic-monetization.md 1.1).
type ItemKey struct{ Name, Version string }

// Rate is the price of one count of an item: a fixed number of tokens or a formula. It is immutable.
type Rate struct {
	fixed   Tokens
	formula *Formula
}

// FixedRate is a rate that does not depend on the request.
func FixedRate(tokens Tokens) Rate { return Rate{fixed: tokens} }

// FormulaRate is a rate computed from the variables of the request.
func FormulaRate(formula *Formula) Rate { return Rate{formula: formula} }

// At is the rate for the given variables, rounded up to the micro-token. Variable names ignore case.
func (r Rate) At(variables map[string]*big.Rat) (Tokens, error) {
	if r.formula == nil {
		return r.fixed, nil
	}
	value, err := r.formula.Evaluate(variables)
	if err != nil {
		return 0, err
	}
	if value.Sign() < 0 {
		return 0, fmt.Errorf("formula %q gives %s, a rate must be zero or more", r.formula, value.FloatString(fractionDigits))
	}
	return tokensFromRat(value, true)
}

// RateTable is one published price list. It is immutable.
type RateTable struct {
	// Name is the object's name, for messages and as the last tie-break.
	Name          string
	Series        string
	Version       string
	EffectiveFrom time.Time
	Created       time.Time
	Rates         map[ItemKey]Rate
	// Requirements are those of the items that are not for everyone.
	Requirements map[ItemKey]Requirement
}

// RateTables finds the price list of a series that rules at a time. It is immutable and safe for concurrent use.
type RateTables struct {
	// series holds each series' tables, the one that rules longest ago first.
	series map[string][]*RateTable
	// restricted tells that some item of some table has a requirement.
	restricted bool
}

// NewRateTables orders the tables of each series. Of two tables with the same series and version the older one stands.
func NewRateTables(tables []*RateTable) RateTables {
	standing := make(map[[2]string]*RateTable, len(tables))
	for _, table := range tables {
		key := [2]string{table.Series, table.Version}
		if other, found := standing[key]; !found || table.olderThan(other) {
			standing[key] = table
		}
	}
	series, restricted := map[string][]*RateTable{}, false
	for _, table := range standing {
		restricted = restricted || len(table.Requirements) > 0
		series[table.Series] = append(series[table.Series], table)
	}
	for _, tables := range series {
		slices.SortFunc(tables, func(a, b *RateTable) int {
			return cmp.Or(a.EffectiveFrom.Compare(b.EffectiveFrom), a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name))
		})
	}
	return RateTables{series: series, restricted: restricted}
}

// Standing tells whether the named table is the one that stands for its series and version.
func (t RateTables) Standing(name, series string) bool {
	return slices.ContainsFunc(t.series[series], func(table *RateTable) bool { return table.Name == name })
}

// Effective is the table of the series with the latest effectiveFrom that is not in the future. Version texts play no
// role; of two tables that became effective at the same instant the one published later rules.
func (t RateTables) Effective(series string, at time.Time) (*RateTable, bool) {
	tables := t.series[series]
	for i := len(tables) - 1; i >= 0; i-- {
		if !tables[i].EffectiveFrom.After(at) {
			return tables[i], true
		}
	}
	return nil, false
}

// NextChange is the next instant at which another table of the series becomes effective.
func (t RateTables) NextChange(series string, at time.Time) (time.Time, bool) {
	for _, table := range t.series[series] {
		if table.EffectiveFrom.After(at) {
			return table.EffectiveFrom, true
		}
	}
	return time.Time{}, false
}

func (t *RateTable) olderThan(other *RateTable) bool {
	return cmp.Or(t.Created.Compare(other.Created), cmp.Compare(t.Name, other.Name)) < 0
}
