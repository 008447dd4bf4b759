package licensing

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestApplyPostsAllEntriesOrNone(t *testing.T) {
	charge := func(id, action string, tokens Tokens) Entry {
		return Entry{Kind: EntryCharge, ActivationID: id, ActionID: action, Tokens: tokens, MetaData: json.RawMessage(`{"job":7}`)}
	}
	refund := func(id, action string, tokens Tokens) Entry {
		return Entry{Kind: EntryRefund, ActivationID: id, ActionID: action, Tokens: tokens}
	}
	research, sales := AllocationKey{"a", "research"}, AllocationKey{"a", "sales"}
	for _, test := range []struct {
		name    string
		entries []Entry
		usage   Usage
		under   Allocations
		err     error
	}{
		{"nothing", nil, Usage{"a": 5}, Allocations{research: 2}, nil},
		{"charges and refunds", []Entry{charge("a", "", 3), charge("b", "", 2), refund("a", "", 8)}, Usage{"a": 0, "b": 2}, Allocations{research: 2}, nil},
		{"a refund of what was charged a moment ago", []Entry{charge("b", "", 2), refund("b", "", 2)}, Usage{"a": 5, "b": 0}, Allocations{research: 2}, nil},
		{"a refund of more than is used", []Entry{charge("b", "", 2), refund("a", "", 6)}, Usage{"a": 5}, Allocations{research: 2}, errRefundBeyondUse},
		{"a charge beyond what can be counted", []Entry{charge("b", "", 2), charge("a", "", MaxTokens)}, Usage{"a": 5}, Allocations{research: 2}, ErrOverflow},
		{"charges under actions", []Entry{charge("a", "research", 3), charge("a", "sales", 4), refund("a", "research", 1)},
			Usage{"a": 11}, Allocations{research: 4, sales: 4}, nil},
		{"a refund of more than is used under an action", []Entry{charge("a", "sales", 2), refund("a", "research", 3)},
			Usage{"a": 5}, Allocations{research: 2}, errRefundBeyondUse},
	} {
		t.Run(test.name, func(t *testing.T) {
			books := Books{Usage: Usage{"a": 5}, Allocations: Allocations{research: 2}}
			if err := books.Apply(test.entries); !errors.Is(err, test.err) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if diff := cmp.Diff(Books{Usage: test.usage, Allocations: test.under}, books); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllocationsSurviveStorage(t *testing.T) {
	want := Allocations{{"activation/1", "research.and-development"}: tokensOf("1.5"), {"", "sales"}: Token}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Allocations
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", text, diff)
	}
	if err := json.Unmarshal([]byte(`{"activation": "1"}`), &got); err == nil {
		t.Error("a key without an action is read")
	}
}

func TestRefundIsWholeAlsoWhenLessIsKnownOfTheAction(t *testing.T) {
	research := AllocationKey{"a", "research"}
	books := Books{Usage: Usage{"a": 10 * Token}, Allocations: Allocations{research: 4 * Token}}
	session := Session{State: Active, PeriodStart: minute(0), ChargedUntil: minute(60), Items: []SessionItem{{
		RequestedItem: item("Unit", "", "8"), Charges: []LineItemCharge{{ActivationID: "a", ActionID: "research", Rate: Token, Tokens: 8 * Token}},
	}}}
	outcome := session.Close(books, minute(0))
	if err := books.Apply(outcome.Entries); err != nil {
		t.Fatal(err)
	}
	if books.Usage["a"] != 2*Token || books.Allocations[research] != 0 {
		t.Errorf("used %s, %s of it under the action; want 2 and 0", books.Usage["a"], books.Allocations[research])
	}
	if outcome.Next.Refunded != 8*Token {
		t.Errorf("refunded %s, want 8", outcome.Next.Refunded)
	}
}
