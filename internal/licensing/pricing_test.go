package licensing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// share is a line item with a series of its own, so that every line item of a test can have a rate of its own.
type share struct {
	id, quantity string
	overdraft    Overdraft
	rate         string
}

// sharedCatalog has the shares in the order given as draw order.
func sharedCatalog(shares []share) Catalog {
	var lineItems []LineItem
	var tables []*RateTable
	for i, share := range shares {
		lineItem := purchase(share.id, tokensOf(share.quantity))
		lineItem.Overdraft, lineItem.RateTableSeries = share.overdraft, share.id
		lineItem.End = lineItem.End.AddDate(0, 0, i)
		lineItems = append(lineItems, lineItem)
		if share.rate != "" {
			tables = append(tables, &RateTable{Name: "table-" + share.id, Series: share.id, Version: "1", Rates: map[ItemKey]Rate{
				{Name: "Unit"}: FixedRate(tokensOf(share.rate)),
			}})
		}
	}
	catalog := catalogOf(lineItems...)
	catalog.RateTables = NewRateTables(tables)
	return catalog
}

func TestSplit(t *testing.T) {
	none, number := Overdraft{}, func(limit string) Overdraft { return Overdraft{OverdraftNumber, tokensOf(limit)} }
	unlimited := Overdraft{Type: OverdraftUnlimited}
	for _, test := range []struct {
		name   string
		shares []share
		count  string
		want   map[string]string
	}{
		{"one line item pays exactly all it has", []share{{"a", "30", none, "3"}}, "10", map[string]string{"a": "30"}},
		{"the rest goes to the next line item", []share{{"a", "10", none, "3"}, {"b", "99", none, "3"}}, "10", map[string]string{"a": "10", "b": "20"}},
		{"an empty line item is not mentioned", []share{{"a", "0", none, "3"}, {"b", "99", none, "3"}}, "1", map[string]string{"b": "3"}},
		{"a line item whose table lacks the item is passed over", []share{{"a", "99", none, ""}, {"b", "99", none, "3"}}, "1", map[string]string{"b": "3"}},
		{"different rates: the first pays 10/3 counts, the second 5/3 at its own rate",
			[]share{{"a", "10", none, "3"}, {"b", "99", none, "7"}}, "5", map[string]string{"a": "10", "b": "11.666667"}},
		{"different rates, and back to the first rate",
			[]share{{"a", "3", none, "3"}, {"b", "10", none, "5"}, {"c", "99", none, "3"}}, "5", map[string]string{"a": "3", "b": "10", "c": "6"}},
		{"equal rates after a different one",
			[]share{{"a", "3", none, "3"}, {"b", "5", none, "5"}, {"c", "99", none, "5"}}, "4", map[string]string{"a": "3", "b": "5", "c": "10"}},
		{"a fractional rate rounds the whole charge up once", []share{{"a", "0.1", none, "0.333333"}, {"b", "9", none, "0.333333"}}, "1.1",
			map[string]string{"a": "0.1", "b": "0.266667"}},
		{"entitlements pay before overdrafts",
			[]share{{"a", "10", number("50"), "1"}, {"b", "10", number("50"), "1"}}, "25", map[string]string{"a": "15", "b": "10"}},
		{"overdrafts pay in draw order",
			[]share{{"a", "10", number("5"), "1"}, {"b", "10", number("50"), "1"}}, "30", map[string]string{"a": "15", "b": "15"}},
		{"overdrafts pay at their own rates too",
			[]share{{"a", "10", number("5"), "1"}, {"b", "10", unlimited, "2"}}, "30", map[string]string{"a": "15", "b": "30"}},
		{"an unlimited overdraft pays everything", []share{{"a", "0", unlimited, "3"}}, "1000000", map[string]string{"a": "3000000"}},
		{"a free item is granted and recorded", []share{{"a", "0", none, "0"}}, "10", map[string]string{"a": "0"}},
		{"a free rate for the rest ends the split", []share{{"a", "3", none, "3"}, {"b", "0", none, "0"}}, "10", map[string]string{"a": "3"}},
		{"a free rate after an empty line item", []share{{"a", "0", none, "3"}, {"b", "0", none, "0"}}, "10", map[string]string{"b": "0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			results, entries := OneOff(NewBooks(), sharedCatalog(test.shares), Requester{}, nil, []RequestedItem{item("Unit", "", test.count)}, minute(0))
			if results[0].Status != ItemGranted || results[0].Message != "" {
				t.Fatalf("%s: %s", results[0].Status, results[0].Message)
			}
			got := map[string]string{}
			for _, charge := range results[0].Charges {
				got[charge.ActivationID] = charge.Tokens.String()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if len(entries) != len(results[0].Charges) {
				t.Errorf("%d entries for %d charges", len(entries), len(results[0].Charges))
			}
		})
	}
}

func TestDenialNamesItemRequiredAndAvailable(t *testing.T) {
	none := Overdraft{}
	for _, test := range []struct {
		name   string
		shares []share
		change func(*Catalog)
		item   RequestedItem
		status ItemStatus
		want   string
	}{
		{name: "too few tokens", shares: []share{{"a", "10", none, "3"}}, item: item("Unit", "", "4"), status: ItemInsufficientTokens,
			want: "item Unit: count 4 at rate 3 requires 12 tokens, 10 are available"},
		{name: "too few in all line items together", shares: []share{{"a", "10", none, "3"}, {"b", "1", Overdraft{OverdraftNumber, Token / 2}, "3"}},
			item: item("Unit", "", "4"), status: ItemInsufficientTokens, want: "item Unit: count 4 at rate 3 requires 12 tokens, 11.5 are available"},
		{name: "too few at different rates: what is required is more than what is available", shares: []share{{"a", "3", none, "3"}, {"b", "40", none, "100"}},
			item: item("Unit", "", "10"), status: ItemInsufficientTokens, want: "item Unit: count 10 at rate 3 or 100 requires 903 tokens, 43 are available"},
		{name: "a price beyond what can be accounted for", shares: []share{{"a", "10", none, "3"}}, item: item("Unit", "", "9000000000000"), status: ItemNotPriceable,
			want: "item Unit: count 9000000000000: the amount is larger than can be accounted for"},
		{name: "a rest beyond what can be accounted for", shares: []share{{"a", "10", none, "1"}, {"b", "0", none, "3"}}, item: item("Unit", "", "9000000000000"),
			status: ItemNotPriceable, want: "item Unit: count 9000000000000: the amount is larger than can be accounted for"},
		{name: "an unknown item", shares: []share{{"a", "10", none, "3"}, {"b", "10", none, ""}}, item: item("Sketch", "1.0", "1"), status: ItemNotFound,
			want: "item Sketch 1.0: not found in any effective rate table of the 2 line items that accept charges; an omitted version matches only an item without version"},
		{name: "a version the table does not have", shares: []share{{"a", "10", none, "3"}}, item: item("Unit", "1.0", "1"), status: ItemNotFound,
			want: "item Unit 1.0: not found in any effective rate table of the 1 line items that accept charges; an omitted version matches only an item without version"},
		{name: "no line item accepts charges", shares: []share{{"a", "10", none, "3"}}, change: func(c *Catalog) { c.LineItems[0].State = Inactive },
			item: item("Unit", "", "1"), status: ItemNoActiveLineItem,
			want: "item Unit: no line item of the instance accepts charges: none of 1 is elastic, DEPLOYED and inside its validity range"},
		{name: "a formula without its variable", shares: []share{{"a", "10", none, ""}}, change: func(c *Catalog) {
			c.RateTables = NewRateTables([]*RateTable{{Name: "by-user", Series: "a", Rates: map[ItemKey]Rate{{Name: "Unit"}: formulaRate(t, "2 * users")}}})
		}, item: item("Unit", "", "1"), status: ItemNotPriceable, want: `item Unit: rate table by-user: no value for variable users`},
	} {
		t.Run(test.name, func(t *testing.T) {
			catalog := sharedCatalog(test.shares)
			if test.change != nil {
				test.change(&catalog)
			}
			results, entries := OneOff(NewBooks(), catalog, Requester{}, nil, []RequestedItem{test.item}, minute(0))
			got := results[0]
			if got.Status != test.status || !strings.HasPrefix(got.Message, test.want) {
				t.Errorf("%s: %s\nwant %s: %s", got.Status, got.Message, test.status, test.want)
			}
			if got.Charges != nil || entries != nil {
				t.Error("a denied item is charged")
			}
		})
	}
}

func TestFormulaRateTakesTheVariablesOfEachItem(t *testing.T) {
	catalog := sharedCatalog([]share{{"a", "100", Overdraft{}, ""}})
	catalog.RateTables = NewRateTables([]*RateTable{{Name: "t", Series: "a", Rates: map[ItemKey]Rate{
		{"Render", "1"}: formulaRate(t, "Users * 2"), {"Render", "2"}: formulaRate(t, "users + 0.5"),
	}}})
	first, second := item("Render", "1", "3"), item("Render", "2", "3")
	first.Variables = map[string]Tokens{"USERS": tokensOf("2.5")}
	second.Variables = map[string]Tokens{"users": Token, "unused": Token}
	results, _ := OneOff(NewBooks(), catalog, Requester{}, nil, []RequestedItem{first, second}, minute(0))
	if got := [2]string{results[0].Tokens().String(), results[1].Tokens().String()}; got != [2]string{"15", "4.5"} {
		t.Errorf("charged %v, want 15 and 4.5", got)
	}
	if got := results[0].Charges[0].Rate; got != 5*Token {
		t.Errorf("reported rate %s, want 5", got)
	}
}

func TestOneOffGrantsWhatItCanInOrder(t *testing.T) {
	catalog, books := sharedCatalog([]share{{"a", "10", Overdraft{}, "1"}}), Books{Usage: Usage{"a": Token}}
	catalog.RateTables = NewRateTables([]*RateTable{{Name: "t", Series: "a", Rates: map[ItemKey]Rate{
		{Name: "A"}: FixedRate(Token), {Name: "B"}: FixedRate(Token), {Name: "C"}: FixedRate(Token),
	}}})
	results, entries := OneOff(books, catalog, Requester{}, nil, []RequestedItem{item("A", "", "6"), item("B", "", "4"), item("C", "", "3")}, minute(0))
	want := map[string]ItemStatus{"A": ItemGranted, "B": ItemInsufficientTokens, "C": ItemGranted}
	if diff := cmp.Diff(want, statusesOf(results)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if results[1].Available != 3*Token || results[1].Required != 4*Token {
		t.Errorf("B requires %s of %s, want 4 of what A left, 3", results[1].Required, results[1].Available)
	}
	if books.Usage["a"] != Token {
		t.Error("pricing changed the books that were passed in")
	}
	if err := books.Apply(entries); err != nil || books.Usage["a"] != 10*Token {
		t.Errorf("used %s, %v; want 10", books.Usage["a"], err)
	}
}

func TestTotalOfAnItemDoesNotWrapAround(t *testing.T) {
	result := ItemResult{Charges: []LineItemCharge{{Tokens: MaxTokens}, {Tokens: Token}}}
	if got := result.Tokens(); got != MaxTokens {
		t.Errorf("total %s", got)
	}
}
