package rest

import (
	"fmt"
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

// The API writes operators in capitals, the domain as Kubernetes does.
var (
	conditionOperators = map[stub.ConditionOperator]licensing.ConditionOperator{
		stub.ConditionOperatorAND: licensing.And, stub.ConditionOperatorOR: licensing.Or,
	}
	termOperators = map[stub.ConditionTermOperator]licensing.TermOperator{
		stub.ConditionTermOperatorIN: licensing.In, stub.ConditionTermOperatorNOT: licensing.NotIn,
	}
)

// ListConditions lists the conditions of an instance.
func (a *API) ListConditions(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID) {
	conditions, err := a.tenant(r).Conditions(r.Context(), instanceID)
	a.answer(w, r, http.StatusOK, each(conditions, condition), err)
}

// CreateConditions adds conditions.
func (a *API) CreateConditions(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, _ stub.CreateConditionsParams) {
	a.saveConditions(w, r, instanceID, func(i int, body stub.Condition) error {
		return newID(fmt.Sprintf("$.conditions[%d].id", i), body.ID)
	})
}

// UpdateConditions replaces the conditions that are named by their id, and adds the others.
func (a *API) UpdateConditions(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, _ stub.UpdateConditionsParams) {
	a.saveConditions(w, r, instanceID, func(int, stub.Condition) error { return nil })
}

// DeleteConditions deletes the conditions of an instance that no rule uses.
func (a *API) DeleteConditions(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, _ stub.DeleteConditionsParams) {
	a.answer(w, r, http.StatusNoContent, nil, a.tenant(r).DeleteConditions(r.Context(), instanceID))
}

// DeleteCondition deletes a condition that no rule uses.
func (a *API) DeleteCondition(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, id string, _ stub.DeleteConditionParams) {
	a.answer(w, r, http.StatusNoContent, nil, a.tenant(r).DeleteCondition(r.Context(), instanceID, id))
}

func (a *API) saveConditions(w http.ResponseWriter, r *http.Request, instanceID string, check func(int, stub.Condition) error) {
	var body stub.ConditionList
	if !decode(w, r, &body) {
		return
	}
	for i, given := range body.Conditions {
		if err := check(i, given); err != nil {
			a.fail(w, r, err)
			return
		}
	}
	saved, err := a.tenant(r).SaveConditions(r.Context(), instanceID, each(body.Conditions, requestedCondition))
	a.answer(w, r, http.StatusOK, each(saved, condition), err)
}

func requestedCondition(body stub.Condition) licensing.Condition {
	wanted := licensing.Condition{ID: text(body.ID), Name: text(body.Name), Operator: licensing.And}
	if body.Operator != nil {
		wanted.Operator = conditionOperators[*body.Operator]
	}
	wanted.Terms = each(body.Terms, func(term stub.ConditionTerm) licensing.Term {
		return licensing.Term{Attribute: term.Attribute, Operator: termOperators[term.Operator], Values: term.Values}
	})
	return wanted
}

func condition(value licensing.Condition) stub.Condition {
	operator := stub.ConditionOperatorAND
	if value.Operator == licensing.Or {
		operator = stub.ConditionOperatorOR
	}
	return stub.Condition{
		ID: optional(value.ID), Name: optional(value.Name), Operator: &operator,
		Terms: each(value.Terms, func(term licensing.Term) stub.ConditionTerm {
			shown := stub.ConditionTerm{Attribute: term.Attribute, Operator: stub.ConditionTermOperatorIN, Values: term.Values}
			if term.Operator == licensing.NotIn {
				shown.Operator = stub.ConditionTermOperatorNOT
			}
			return shown
		}),
	}
}

// newID refuses an id in what is created: the server gives it.
func newID(field string, id *string) error {
	if id != nil {
		return invalid("%s: %s is not possible: the server gives what is created its id, leave it out", field, *id)
	}
	return nil
}
