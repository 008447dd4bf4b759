package licensing

import "slices"

// Rules of access say who may use a line item, and how much of it (dynamic-monetization.md 1.7). Conditions belong to the
// instance, the ordered list of actions to the line item.

// ConditionOperator says how the terms of a condition are joined.
type ConditionOperator string

// The operators of a condition. The zero value means And.
const (
	And ConditionOperator = "And"
	Or  ConditionOperator = "Or"
)

// TermOperator says how a term compares.
type TermOperator string

// The operators of a term. A requester without the attribute has none of the values.
const (
	In    TermOperator = "In"
	NotIn TermOperator = "NotIn"
)

// Term compares one attribute of the requester's dictionary with a list of values.
type Term struct {
	Attribute string
	Operator  TermOperator
	Values    []string
}

// Holds tells whether the term is true of the requester's dictionary.
func (t Term) Holds(dictionary map[string]string) bool {
	value, found := dictionary[t.Attribute]
	return (found && slices.Contains(t.Values, value)) == (t.Operator == In)
}

// Condition tells requesters apart. Conditions are immutable.
type Condition struct {
	ID       string
	Name     string
	Operator ConditionOperator
	Terms    []Term
}

// Holds tells whether all terms, or with Or any, are true of the requester's dictionary. Without terms it holds for nobody.
func (c Condition) Holds(dictionary map[string]string) bool {
	holds := func(term Term) bool { return term.Holds(dictionary) }
	if c.Operator == Or {
		return slices.ContainsFunc(c.Terms, holds)
	}
	return len(c.Terms) > 0 && !slices.ContainsFunc(c.Terms, func(term Term) bool { return !holds(term) })
}

// Conditions are those of an instance, by id.
type Conditions map[string]Condition

// Action is what a line item does with the requesters that a condition holds for. Actions are immutable.
type Action struct {
	ID   string
	Name string
	// ConditionID is empty for the default action, which decides about everyone.
	ConditionID string
	Allow       bool
	// Allocation is the most that the requesters together may have used of the line item; nil is no bound of its own. It
	// means nothing without Allow.
	Allocation *Tokens
}

// verdict is what the rules of a line item say of a requester.
type verdict struct {
	open bool
	// action decided; nil where there are no rules, and where none of them is about the requester.
	action *Action
}

// decide finds the first action that is about the requester. No list is no restriction; a list of which no action is
// about the requester closes the line item. An action whose condition nobody knows decides nothing.
func (l LineItem) decide(conditions Conditions, requester Requester) verdict {
	for i := range l.Actions {
		action := &l.Actions[i]
		if action.ConditionID != "" {
			condition, found := conditions[action.ConditionID]
			if !found || !condition.Holds(requester.Dictionary) {
				continue
			}
		}
		return verdict{open: action.Allow, action: action}
	}
	return verdict{open: len(l.Actions) == 0}
}
