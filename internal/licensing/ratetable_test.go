package licensing

import (
	"math/big"
	"slices"
	"strings"
	"testing"
)

func published(name, series, version string, effective, created float64) *RateTable {
	return &RateTable{Name: name, Series: series, Version: version, EffectiveFrom: minute(effective), Created: minute(created)}
}

func TestEffectiveRateTable(t *testing.T) {
	for _, test := range []struct {
		name   string
		tables []*RateTable
		series string
		at     float64
		want   string
	}{
		{"no table at all", nil, "S", 0, ""},
		{"the only table is of another series", []*RateTable{published("a", "T", "1", 0, 0)}, "S", 5, ""},
		{"all tables are in the future", []*RateTable{published("a", "S", "1", 10, 0)}, "S", 9, ""},
		{"a table rules from its very instant", []*RateTable{published("a", "S", "1", 10, 0)}, "S", 10, "a"},
		{"the latest effective date wins, not the highest version",
			[]*RateTable{published("a", "S", "10", 1, 5), published("b", "S", "9", 2, 0)}, "S", 3, "b"},
		{"the latest effective date wins, not the latest publication",
			[]*RateTable{published("a", "S", "1", 2, 0), published("b", "S", "2", 1, 9)}, "S", 10, "a"},
		{"a future table does not rule yet",
			[]*RateTable{published("a", "S", "1", 1, 0), published("b", "S", "2", 20, 0)}, "S", 19, "a"},
		{"an empty series means the tables without series",
			[]*RateTable{published("a", "S", "1", 2, 0), published("b", "", "1", 1, 0)}, "", 5, "b"},
		{"equal dates: the one published later rules",
			[]*RateTable{published("a", "S", "2", 1, 7), published("b", "S", "1", 1, 6)}, "S", 5, "a"},
		{"equal dates and publication: the name decides",
			[]*RateTable{published("a", "S", "1", 1, 6), published("b", "S", "2", 1, 6)}, "S", 5, "b"},
		{"the same series and version twice: the older stands, whatever its date",
			[]*RateTable{published("a", "S", "1", 3, 9), published("b", "S", "1", 1, 2)}, "S", 5, "b"},
		{"the same version twice, published at once: the first name stands",
			[]*RateTable{published("b", "S", "1", 3, 2), published("a", "S", "1", 1, 2)}, "S", 5, "a"},
		{"the same version in another series is another table",
			[]*RateTable{published("a", "S", "1", 1, 9), published("b", "T", "1", 1, 2)}, "S", 5, "a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			// The order in which tables are listed must play no role.
			for range 2 {
				var got string
				if table, found := NewRateTables(test.tables).Effective(test.series, minute(test.at)); found {
					got = table.Name
				}
				if got != test.want {
					t.Errorf("table %q rules, want %q", got, test.want)
				}
				slices.Reverse(test.tables)
			}
		})
	}
}

func TestStandingAndNextChange(t *testing.T) {
	tables := NewRateTables([]*RateTable{
		published("old", "S", "1", 10, 0), published("copy", "S", "1", 15, 1), published("next", "S", "2", 20, 2),
	})
	for name, want := range map[string]bool{"old": true, "copy": false, "next": true, "unknown": false} {
		if got := tables.Standing(name, "S"); got != want {
			t.Errorf("%s stands: %t, want %t", name, got, want)
		}
	}
	if tables.Standing("old", "T") {
		t.Error("a table stands in a series it is not of")
	}
	for _, test := range []struct {
		at, want float64
		found    bool
	}{{0, 10, true}, {10, 20, true}, {12, 20, true}, {20, 0, false}} {
		got, found := tables.NextChange("S", minute(test.at))
		if found != test.found || found && !got.Equal(minute(test.want)) {
			t.Errorf("next change after minute %v: %v %t, want minute %v %t", test.at, got, found, test.want, test.found)
		}
	}
}

func TestRate(t *testing.T) {
	variables := map[string]*big.Rat{"users": big.NewRat(7, 3), "DEBT": big.NewRat(-1, 1)}
	for _, test := range []struct {
		name string
		rate Rate
		want string
		err  string
	}{
		{name: "a fixed rate ignores the variables", rate: FixedRate(tokensOf("2.5")), want: "2.5"},
		{name: "a formula is rounded up to the micro-token", rate: formulaRate(t, "users"), want: "2.333334"},
		{name: "names ignore case", rate: formulaRate(t, "USERS * 3 + debt"), want: "6"},
		{name: "a formula may be zero", rate: formulaRate(t, "debt + 1"), want: "0"},
		{name: "a negative rate is refused", rate: formulaRate(t, "debt / 3"), err: "gives -0.333333, a rate must be zero or more"},
		{name: "a missing variable is named", rate: formulaRate(t, "users * size"), err: "size"},
		{name: "a rate beyond what can be accounted for", rate: formulaRate(t, "POWER(10, 30)"), err: ErrOverflow.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.rate.At(variables)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil || got.String() != test.want {
				t.Fatalf("rate %s, %v; want %s", got, err, test.want)
			}
		})
	}
}

func formulaRate(t *testing.T, text string) Rate {
	t.Helper()
	formula, err := ParseFormula(text)
	if err != nil {
		t.Fatal(err)
	}
	return FormulaRate(formula)
}
