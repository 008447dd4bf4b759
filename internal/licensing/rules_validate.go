package licensing

import (
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// The limits of rules of access.
const (
	MaxConditions      = 64 // of an instance
	MaxTerms           = 16 // of a condition
	MaxTermValues      = 64
	MaxActions         = 64 // of a line item
	maxRuleID          = 128
	maxRuleName        = 256
	maxAttribute       = 64
	maxAttributeLength = 256
)

var ruleID = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

// problems gathers what is wrong, each with the field it is about.
type problems struct{ found []error }

func (p *problems) add(format string, arguments ...any) {
	p.found = append(p.found, fmt.Errorf(format, arguments...))
}

func (p *problems) id(field, id string) {
	switch {
	case id == "":
		p.add("%s: is required", field)
	case len(id) > maxRuleID || !ruleID.MatchString(id):
		p.add("%s: %.140q must have at most %d letters, digits, dots, dashes and underscores, and begin and end with a letter or digit", field, id, maxRuleID)
	}
}

func (p *problems) length(field, text string, least, most int) {
	if length := utf8.RuneCountInString(text); length < least || length > most {
		p.add("%s: has %d characters, must have %d to %d", field, length, least, most)
	}
}

// unique reports an id that the list has twice.
func (p *problems) unique(list string, index int, id string, seen map[string]int) {
	if first, duplicate := seen[id]; duplicate && id != "" {
		p.add("%s[%d].id: %s is already the id of %s[%d]", list, index, id, list, first)
		return
	}
	seen[id] = index
}

// ValidateConditions reports everything that is wrong with the conditions of an instance.
func ValidateConditions(conditions []Condition) error {
	p := &problems{}
	if len(conditions) > MaxConditions {
		p.add("conditions: %d conditions, at most %d are possible for an instance", len(conditions), MaxConditions)
	}
	seen := make(map[string]int, len(conditions))
	for i, condition := range conditions {
		condition.validate(fmt.Sprintf("conditions[%d]", i), p)
		p.unique("conditions", i, condition.ID, seen)
	}
	return errors.Join(p.found...)
}

// Validate reports everything that is wrong with the condition.
func (c Condition) Validate() error {
	p := &problems{}
	c.validate("condition", p)
	return errors.Join(p.found...)
}

func (c Condition) validate(field string, p *problems) {
	p.id(field+".id", c.ID)
	p.length(field+".name", c.Name, 0, maxRuleName)
	if c.Operator != "" && c.Operator != And && c.Operator != Or {
		p.add("%s.operator: %q, must be And or Or", field, c.Operator)
	}
	if len(c.Terms) == 0 || len(c.Terms) > MaxTerms {
		p.add("%s.terms: %d terms, must be 1 to %d", field, len(c.Terms), MaxTerms)
	}
	for i, term := range c.Terms {
		term.validate(fmt.Sprintf("%s.terms[%d]", field, i), p)
	}
}

func (t Term) validate(field string, p *problems) {
	p.length(field+".attribute", t.Attribute, 1, maxAttribute)
	if t.Operator != In && t.Operator != NotIn {
		p.add("%s.operator: %q, must be In or NotIn", field, t.Operator)
	}
	if len(t.Values) == 0 || len(t.Values) > MaxTermValues {
		p.add("%s.values: %d values, must be 1 to %d", field, len(t.Values), MaxTermValues)
	}
	for i, value := range t.Values {
		p.length(fmt.Sprintf("%s.values[%d]", field, i), value, 0, maxAttributeLength)
	}
}

// ValidateActions reports everything that is wrong with the actions of a line item. Whether the conditions exist is not
// looked at: an action whose condition is unknown decides nothing.
func ValidateActions(actions []Action) error {
	p := &problems{}
	if len(actions) > MaxActions {
		p.add("actions: %d actions, at most %d are possible for a line item", len(actions), MaxActions)
	}
	seen, byDefault := make(map[string]int, len(actions)), -1
	for i, action := range actions {
		field := fmt.Sprintf("actions[%d]", i)
		p.id(field+".id", action.ID)
		p.unique("actions", i, action.ID, seen)
		p.length(field+".name", action.Name, 0, maxRuleName)
		switch {
		case action.Allow && action.Allocation == nil && action.ConditionID != "":
			p.add("%s.allocation: is required: only the default action, which has no condition, may allow without one", field)
		case action.Allocation != nil && *action.Allocation < 0:
			p.add("%s.allocation: %s, must be 0 or more", field, *action.Allocation)
		}
		if action.ConditionID != "" {
			p.id(field+".conditionId", action.ConditionID)
			continue
		}
		if byDefault >= 0 {
			p.add("%s.conditionId: is required: actions[%d] is the default action already, and only one may be", field, byDefault)
			continue
		}
		byDefault = i
	}
	return errors.Join(p.found...)
}
