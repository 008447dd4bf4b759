package licensing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const department = "department"

func departmentIs(values ...string) Term { return Term{department, In, values} }

func departmentIsNot(values ...string) Term { return Term{department, NotIn, values} }

func from(name string) Requester {
	return Requester{Type: "user", Value: "LisaBarry", Dictionary: map[string]string{department: name}}
}

func TestCondition(t *testing.T) {
	inBerlin := Term{"site", In, []string{"Berlin", "Bonn"}}
	berlin := map[string]string{department: "Sales", "site": "Berlin"}
	for _, test := range []struct {
		name       string
		operator   ConditionOperator
		terms      []Term
		dictionary map[string]string
		want       bool
	}{
		{"a value in the list", And, []Term{departmentIs("Engineering", "Sales")}, berlin, true},
		{"a value that is not in the list", And, []Term{departmentIs("Engineering")}, berlin, false},
		{"another case of letters is another value", And, []Term{departmentIs("sales")}, berlin, false},
		{"a missing attribute is in no list", And, []Term{departmentIs("Sales")}, nil, false},
		{"a missing attribute is not the empty text", And, []Term{departmentIs("")}, nil, false},
		{"an empty attribute is the empty text", And, []Term{departmentIs("")}, map[string]string{department: ""}, true},
		{"none of the values", And, []Term{departmentIsNot("Engineering")}, berlin, true},
		{"one of the values to avoid", And, []Term{departmentIsNot("Engineering", "Sales")}, berlin, false},
		{"a missing attribute has none of the values", And, []Term{departmentIsNot("Sales")}, nil, true},
		{"all terms hold", And, []Term{departmentIs("Sales"), inBerlin}, berlin, true},
		{"one of the terms does not hold", And, []Term{departmentIs("Sales"), inBerlin}, map[string]string{department: "Sales"}, false},
		{"no operator is And", "", []Term{departmentIs("Sales"), inBerlin}, map[string]string{department: "Sales"}, false},
		{"one of the terms is enough", Or, []Term{departmentIs("Engineering"), inBerlin}, berlin, true},
		{"none of the terms holds", Or, []Term{departmentIs("Engineering"), inBerlin}, nil, false},
		{"no terms hold for nobody", And, nil, berlin, false},
		{"no terms joined by Or hold for nobody", Or, nil, berlin, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := (Condition{Operator: test.operator, Terms: test.terms}).Holds(test.dictionary); got != test.want {
				t.Errorf("holds: %t", got)
			}
		})
	}
}

func TestFirstActionThatIsAboutTheRequesterDecides(t *testing.T) {
	conditions := Conditions{
		"engineering": {ID: "engineering", Terms: []Term{departmentIs("Engineering")}},
		"staff":       {ID: "staff", Terms: []Term{departmentIs("Engineering", "Sales")}},
	}
	deny, allow, byDefault := Action{ID: "deny", ConditionID: "engineering"}, Action{ID: "allow", ConditionID: "staff", Allow: true}, Action{ID: "rest", Allow: true}
	unknown := Action{ID: "unknown", ConditionID: "gone"}
	unknownAllow := Action{ID: "unknown", ConditionID: "gone", Allow: true}
	for _, test := range []struct {
		name    string
		actions []Action
		who     Requester
		action  string
		open    bool
	}{
		{"no list is no restriction", nil, from("Sales"), "", true},
		{"an action allows", []Action{allow}, from("Sales"), "allow", true},
		{"an action denies", []Action{deny}, from("Engineering"), "deny", false},
		{"no action is about the requester", []Action{deny, allow}, from("Marketing"), "", false},
		{"the first of two decides", []Action{deny, allow}, from("Engineering"), "deny", false},
		{"the order counts", []Action{allow, deny}, from("Engineering"), "allow", true},
		{"the default action is about everyone", []Action{deny, byDefault}, Requester{}, "rest", true},
		{"nothing comes after the default action", []Action{byDefault, deny}, from("Engineering"), "rest", true},
		{"a default that denies", []Action{allow, {ID: "rest"}}, from("Marketing"), "rest", false},
		{"an unknown condition denies nothing", []Action{unknown, allow}, from("Sales"), "allow", true},
		{"an unknown condition allows nothing", []Action{unknownAllow}, from("Sales"), "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := LineItem{Actions: test.actions}.decide(conditions, test.who)
			action := ""
			if got.action != nil {
				action = got.action.ID
			}
			if got.open != test.open || action != test.action {
				t.Errorf("open %t by action %q, want %t by %q", got.open, action, test.open, test.action)
			}
		})
	}
}

func TestValidateConditions(t *testing.T) {
	valid := Condition{ID: "staff", Terms: []Term{departmentIs("Sales")}}
	with := func(edit func(*Condition)) []Condition {
		condition := valid
		condition.Terms = []Term{departmentIs("Sales")}
		edit(&condition)
		return []Condition{condition}
	}
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, test := range []struct {
		name       string
		conditions []Condition
		want       string
	}{
		{"none", nil, ""},
		{"one", []Condition{valid}, ""},
		{"a UUID as id", with(func(c *Condition) { c.ID = "0b5e4c9a-6a0f-4f55-9a77-0d1f3cf0b1a2" }), ""},
		{"too many", make([]Condition, 65), "conditions: 65 conditions, at most 64 are possible for an instance"},
		{"no id", with(func(c *Condition) { c.ID = "" }), "conditions[0].id: is required"},
		{"an id with a slash", with(func(c *Condition) { c.ID = "a/b" }), `conditions[0].id: "a/b" must have at most 128 letters, digits, dots, dashes and underscores`},
		{"an id that is too long", with(func(c *Condition) { c.ID = long(129) }), "conditions[0].id: "},
		{"an id twice", []Condition{valid, valid}, "conditions[1].id: staff is already the id of conditions[0]"},
		{"a name that is too long", with(func(c *Condition) { c.Name = long(257) }), "conditions[0].name: has 257 characters, must have 0 to 256"},
		{"an operator that does not exist", with(func(c *Condition) { c.Operator = "XOR" }), `conditions[0].operator: "XOR", must be And or Or`},
		{"no terms", with(func(c *Condition) { c.Terms = nil }), "conditions[0].terms: 0 terms, must be 1 to 16"},
		{"too many terms", with(func(c *Condition) { c.Terms = make([]Term, 17) }), "conditions[0].terms: 17 terms, must be 1 to 16"},
		{"no attribute", with(func(c *Condition) { c.Terms[0].Attribute = "" }), "conditions[0].terms[0].attribute: has 0 characters, must have 1 to 64"},
		{"a comparison that does not exist", with(func(c *Condition) { c.Terms[0].Operator = "Like" }), `conditions[0].terms[0].operator: "Like", must be In or NotIn`},
		{"no values", with(func(c *Condition) { c.Terms[0].Values = nil }), "conditions[0].terms[0].values: 0 values, must be 1 to 64"},
		{"too many values", with(func(c *Condition) { c.Terms[0].Values = make([]string, 65) }), "conditions[0].terms[0].values: 65 values, must be 1 to 64"},
		{"a value that is too long", with(func(c *Condition) { c.Terms[0].Values = []string{"a", long(257)} }), "conditions[0].terms[0].values[1]: has 257 characters, must have 0 to 256"},
	} {
		t.Run(test.name, func(t *testing.T) { wantProblem(t, ValidateConditions(test.conditions), test.want) })
	}
	wantProblem(t, valid.Validate(), "")
	wantProblem(t, Condition{ID: "a"}.Validate(), "condition.terms: 0 terms, must be 1 to 16")
}

func TestValidateActions(t *testing.T) {
	allow := Action{ID: "allow", ConditionID: "staff", Allow: true, Allocation: new(5 * Token)}
	for _, test := range []struct {
		name    string
		actions []Action
		want    string
	}{
		{"none", nil, ""},
		{"an allocation, a denial and a default without allocation", []Action{allow, {ID: "deny", ConditionID: "staff"}, {ID: "rest", Allow: true}}, ""},
		{"a default with allocation", []Action{{ID: "rest", Allow: true, Allocation: new(Tokens(0))}}, ""},
		{"a default that denies", []Action{{ID: "rest"}}, ""},
		{"a denial with an allocation, which means nothing", []Action{{ID: "deny", ConditionID: "staff", Allocation: new(Token)}}, ""},
		{"too many", make([]Action, 65), "actions: 65 actions, at most 64 are possible for a line item"},
		{"no id", []Action{{ConditionID: "staff"}}, "actions[0].id: is required"},
		{"an id twice", []Action{allow, allow}, "actions[1].id: allow is already the id of actions[0]"},
		{"a name that is too long", []Action{{ID: "rest", Name: strings.Repeat("x", 257)}}, "actions[0].name: has 257 characters, must have 0 to 256"},
		{"no allocation", []Action{{ID: "allow", ConditionID: "staff", Allow: true}}, "actions[0].allocation: is required: only the default action, which has no condition, may allow without one"},
		{"a negative allocation", []Action{{ID: "allow", Allow: true, Allocation: new(-Token)}}, "actions[0].allocation: -1, must be 0 or more"},
		{"a condition that cannot be an id", []Action{{ID: "deny", ConditionID: "a b"}}, `actions[0].conditionId: "a b" must have`},
		{"two defaults", []Action{{ID: "one"}, allow, {ID: "two"}}, "actions[2].conditionId: is required: actions[0] is the default action already, and only one may be"},
	} {
		t.Run(test.name, func(t *testing.T) { wantProblem(t, ValidateActions(test.actions), test.want) })
	}
}

func wantProblem(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("unexpected problem: %v", err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAllocationBoundsEntitlementAndOverdraftTogether(t *testing.T) {
	for _, test := range []struct {
		name       string
		overdraft  Overdraft
		allocation Tokens
		used       Books
		count      string
		want       map[string]string
	}{
		{"within the entitlement", Overdraft{}, 4 * Token, NewBooks(), "4", map[string]string{"a": "4"}},
		{"the rest goes to the next line item", Overdraft{}, 4 * Token, NewBooks(), "6", map[string]string{"a": "4", "b": "2"}},
		{"beyond the entitlement into the overdraft", Overdraft{OverdraftNumber, 10 * Token}, 12 * Token, NewBooks(), "112", map[string]string{"a": "12", "b": "100"}},
		{"of an unlimited overdraft", Overdraft{Type: OverdraftUnlimited}, 15 * Token, NewBooks(), "115", map[string]string{"a": "15", "b": "100"}},
		{"more than the line item has", Overdraft{}, 1000 * Token, NewBooks(), "11", map[string]string{"a": "10", "b": "1"}},
		{"what others used does not count", Overdraft{}, 4 * Token, Books{Usage: Usage{"a": 6 * Token}}, "5", map[string]string{"a": "4", "b": "1"}},
		{"what was used under it counts", Overdraft{}, 4 * Token,
			Books{Usage: Usage{"a": 3 * Token}, Allocations: Allocations{{"a", "sales"}: 3 * Token, {"b", "sales"}: 9 * Token, {"a", "other"}: Token}},
			"5", map[string]string{"a": "1", "b": "4"}},
		{"lowered below what is used", Overdraft{}, Token, Books{Usage: Usage{"a": 3 * Token}, Allocations: Allocations{{"a", "sales"}: 3 * Token}},
			"5", map[string]string{"b": "5"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			catalog := sharedCatalog([]share{{"a", "10", test.overdraft, "1"}, {"b", "100", Overdraft{}, "1"}})
			catalog.Conditions = Conditions{"sales": {ID: "sales", Terms: []Term{departmentIs("Sales")}}}
			catalog.LineItems[0].Actions = []Action{{ID: "sales", ConditionID: "sales", Allow: true, Allocation: &test.allocation}}
			results, entries := OneOff(test.used, catalog, from("Sales"), nil, []RequestedItem{item("Unit", "", test.count)}, minute(0))
			got := map[string]string{}
			for _, charge := range results[0].Charges {
				got[charge.ActivationID] = charge.Tokens.String()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", results[0].Message, diff)
			}
			for _, entry := range entries {
				if want := map[string]string{"a": "sales", "b": ""}[entry.ActivationID]; entry.ActionID != want {
					t.Errorf("line item %s is charged under action %q, want %q", entry.ActivationID, entry.ActionID, want)
				}
			}
		})
	}
}

func TestAllocationLoweredBelowWhatIsUsedTakesNothingFromOtherLineItems(t *testing.T) {
	catalog := sharedCatalog([]share{{"a", "10", Overdraft{OverdraftNumber, 5 * Token}, "1"}, {"b", "100", Overdraft{}, "1"}})
	catalog.LineItems[0].Actions = []Action{{ID: "all", Allow: true, Allocation: new(Token)}}
	books := Books{Usage: Usage{"a": 3 * Token}, Allocations: Allocations{{"a", "all"}: 3 * Token}}
	results, _ := OneOff(books, catalog, Requester{}, nil, []RequestedItem{item("Unit", "", "200")}, minute(0))
	if got := results[0].Available; got != 100*Token {
		t.Errorf("%s are available, want 100", got)
	}
}

func TestDenialByTheRulesNamesTheAction(t *testing.T) {
	sales := Action{ID: "sales", Name: "Sales", ConditionID: "sales", Allow: true, Allocation: new(4 * Token)}
	for _, test := range []struct {
		name           string
		actions, other []Action
		who            Requester
		item           string
		status         ItemStatus
		want           string
	}{
		{"no action is about the requester", []Action{sales}, []Action{{ID: "nobody"}}, from("Engineering"), "Unit", ItemDeniedByRule,
			"item Unit: denied by the rules of access of line item a: no action is about this requester; 1 more line items that price the item are closed too"},
		{"an action denies", []Action{{ID: "nobody", Name: "Nobody"}}, []Action{sales}, from("Engineering"), "Unit", ItemDeniedByRule,
			"item Unit: denied by the rules of access of line item a: action nobody (Nobody) denies it; 1 more line items that price the item are closed too"},
		{"one line item is closed and the other does not price the item", []Action{{ID: "nobody"}}, nil, from("Engineering"), "Only a", ItemDeniedByRule,
			"item Only a: denied by the rules of access of line item a: action nobody denies it"},
		{"an allocation is too small", []Action{sales}, []Action{{ID: "nobody"}}, from("Sales"), "Unit", ItemInsufficientTokens,
			"item Unit: count 200 at rate 1 requires 200 tokens, 4 are available: action sales (Sales) of line item a allows 4 tokens, 0 of them are used"},
		{"two allocations are too small", []Action{sales}, []Action{sales}, from("Sales"), "Unit", ItemInsufficientTokens,
			"item Unit: count 200 at rate 1 requires 200 tokens, 8 are available: action sales (Sales) of line item a allows 4 tokens, 0 of them are used; 1 more allocations bound the request"},
		{"the line items have too little, whatever the allocation", []Action{{ID: "all", Allow: true, Allocation: new(1000 * Token)}}, nil, from("Sales"), "Unit", ItemInsufficientTokens,
			"item Unit: count 200 at rate 1 requires 200 tokens, 110 are available"},
		{"an allocation of just what the line item has bounds nothing", []Action{{ID: "all", Allow: true, Allocation: new(10 * Token)}}, nil, from("Sales"), "Unit", ItemInsufficientTokens,
			"item Unit: count 200 at rate 1 requires 200 tokens, 110 are available"},
		{"an item that nobody prices is not found, also behind closed line items", []Action{sales}, []Action{{ID: "nobody"}}, from("Engineering"), "Sketch", ItemNotFound,
			"item Sketch: not found in any effective rate table of the 2 line items that accept charges; an omitted version matches only an item without version"},
	} {
		t.Run(test.name, func(t *testing.T) {
			catalog := sharedCatalog([]share{{"a", "10", Overdraft{}, "1"}, {"b", "100", Overdraft{}, "1"}})
			catalog.Conditions = Conditions{"sales": {ID: "sales", Terms: []Term{departmentIs("Sales")}}}
			catalog.LineItems[0].Actions, catalog.LineItems[1].Actions = test.actions, test.other
			table, _ := catalog.RateTables.Effective("a", minute(0))
			table.Rates[ItemKey{Name: "Only a"}] = FixedRate(Token)
			results, entries := OneOff(NewBooks(), catalog, test.who, nil, []RequestedItem{item(test.item, "", "200")}, minute(0))
			if got := results[0]; got.Status != test.status || got.Message != test.want || entries != nil {
				t.Errorf("%s: %s\nwant %s: %s", got.Status, got.Message, test.status, test.want)
			}
		})
	}
}
