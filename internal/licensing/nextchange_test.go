package licensing

import (
	"testing"
	"time"
)

func TestNextChangeOfADenial(t *testing.T) {
	table := func(series, name string, from float64) *RateTable {
		return &RateTable{Name: series + name, Series: series, Version: name, EffectiveFrom: minute(from), Rates: map[ItemKey]Rate{
			{Name: "Unit"}: FixedRate(Token), {Name: "Formula"}: formulaRate(t, "users"),
		}}
	}
	lineItem := func(id string, from, to float64) LineItem {
		return LineItem{ActivationID: id, State: Deployed, Elastic: true, Quantity: Token, RateTableSeries: "S", Start: minute(from), End: minute(to)}
	}
	with := func(l LineItem, edit func(*LineItem)) LineItem {
		edit(&l)
		return l
	}
	now, later, day := lineItem("now", -10, 1000), lineItem("later", 100, 1000), 24*60.0
	var never float64
	for _, test := range []struct {
		name      string
		lineItems []LineItem
		tables    []*RateTable
		tolerant  bool
		item      string
		status    ItemStatus
		want      float64
	}{
		{"nothing is known to change", []LineItem{now}, []*RateTable{table("S", "1", -1)}, false, "Unit", ItemInsufficientTokens, never},
		{"too few tokens until a line item begins", []LineItem{now, later}, []*RateTable{table("S", "1", -1)}, false, "Unit", ItemInsufficientTokens, 100},
		{"too few tokens until another rate table is effective", []LineItem{now, later}, []*RateTable{table("S", "1", -1), table("S", "2", 50)}, false, "Unit", ItemInsufficientTokens, 50},
		{"no line item until the earliest begins", []LineItem{later, lineItem("b", 70, 80)}, nil, false, "Unit", ItemNoActiveLineItem, 70},
		{"no line item, and prices alone do not help", []LineItem{lineItem("past", -20, -10)}, []*RateTable{table("S", "1", 50)}, false, "Unit", ItemNoActiveLineItem, never},
		{"a line item begins earlier for a tolerant producer", []LineItem{lineItem("a", day, 2*day)}, nil, true, "Unit", ItemNoActiveLineItem, day / 2},
		{"not found until a table is effective", []LineItem{now}, []*RateTable{table("S", "1", 30)}, false, "Unit", ItemNotFound, 30},
		{"a table of another series changes nothing", []LineItem{now}, []*RateTable{table("T", "1", 30)}, false, "Unit", ItemNotFound, never},
		{"a table that comes when the line item has ended changes nothing", []LineItem{now}, []*RateTable{table("S", "1", 1000)}, false, "Unit", ItemNotFound, never},
		{"a line item that is not DEPLOYED does not begin", []LineItem{with(later, func(l *LineItem) { l.State = Inactive })}, nil, false, "Unit", ItemNoActiveLineItem, never},
		{"a line item that is not elastic does not begin", []LineItem{with(later, func(l *LineItem) { l.Elastic = false })}, nil, false, "Unit", ItemNoActiveLineItem, never},
		{"a line item that is closed to the requester does not help", []LineItem{now, with(later, func(l *LineItem) { l.Actions = []Action{{ID: "nobody"}} })},
			[]*RateTable{table("S", "1", -1)}, false, "Unit", ItemInsufficientTokens, never},
		{"denied by a rule until an open line item begins", []LineItem{with(now, func(l *LineItem) { l.Actions = []Action{{ID: "nobody"}} }), later},
			[]*RateTable{table("S", "1", -1)}, false, "Unit", ItemDeniedByRule, 100},
		{"a formula without its variable is for the requester to mend", []LineItem{now, later}, []*RateTable{table("S", "1", -1)}, false, "Formula", ItemNotPriceable, never},
	} {
		t.Run(test.name, func(t *testing.T) {
			catalog := Catalog{LineItems: test.lineItems, RateTables: NewRateTables(test.tables), TimezoneTolerant: test.tolerant}
			results, _ := OneOff(NewBooks(), catalog, Requester{}, nil, []RequestedItem{item(test.item, "", "5")}, minute(0))
			want := time.Time{}
			if test.want != never {
				want = minute(test.want)
			}
			if got := results[0]; got.Status != test.status || !got.NextChange.Equal(want) {
				t.Errorf("%s until %s, want %s until %s", got.Status, got.NextChange, test.status, want)
			}
		})
	}
}

func TestNextChangeOfARequestWaitsForAllThatWasDenied(t *testing.T) {
	denied := func(m float64) ItemResult {
		return ItemResult{Status: ItemNotFound, NextChange: minute(m)}
	}
	granted, unknown := ItemResult{Status: ItemGranted}, ItemResult{Status: ItemInsufficientTokens}
	for _, test := range []struct {
		name    string
		results []ItemResult
		want    time.Time
	}{
		{"nothing was asked", nil, time.Time{}},
		{"nothing was denied", []ItemResult{granted}, time.Time{}},
		{"one item was denied", []ItemResult{denied(5), {Status: ItemNotCharged}, granted}, minute(5)},
		{"two items were denied", []ItemResult{denied(9), denied(5)}, minute(9)},
		{"nothing is known of one of them", []ItemResult{denied(9), unknown}, time.Time{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := NextChange(test.results); !got.Equal(test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
