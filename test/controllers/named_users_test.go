package controllers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

func (p producer) user(t *testing.T, id, limitations string) {
	t.Helper()
	p.apply(t, "UserProvisioning", id, fmt.Sprintf(`{lineItemRef: {name: license}, userID: %s, active: true, limitations: %s}`, id, limitations))
}

func user(user *v1alpha1.UserProvisioning) string {
	var held []string
	for _, holding := range user.Status.Holdings {
		held = append(held, holding.LimitationID)
	}
	return condition(user.Status.Conditions, v1alpha1.ConditionReady) + "; holds " + strings.Join(held, " ")
}

func limitations(lineItem *v1alpha1.LineItem) string {
	var text strings.Builder
	for _, row := range lineItem.Status.Limitations {
		fmt.Fprintf(&text, "%s %s %s, ", row.ID, row.Used, row.Remaining)
	}
	if users := lineItem.Status.Users; users != nil {
		fmt.Fprintf(&text, "users %d active %d inactive", *users.Active, *users.Inactive)
	}
	return text.String()
}

// balances are those of the account of acme, by limitation.
func (p producer) balances(t *testing.T, activationID string) map[string]int64 {
	t.Helper()
	snapshot, err := books.Snapshot(t.Context(), ledger.AccountID{Namespace: string(p), Name: "acme"}, true)
	if err != nil {
		t.Fatal(err)
	}
	balances := map[string]int64{}
	for key, balance := range snapshot.Balances {
		if key.ActivationID == activationID {
			balances[key.LimitationID] = balance.Held()
		}
	}
	return balances
}

// transactions are those by which a user holds its units.
func (p producer) transactions(t *testing.T, user string) map[string]string {
	t.Helper()
	transactions := map[string]string{}
	for _, holding := range get(t, p, user, &v1alpha1.UserProvisioning{}).Status.Holdings {
		transactions[holding.LimitationID] = holding.TransactionID
	}
	return transactions
}

// glance is what kubectl shows of a user.
func glance(user *v1alpha1.UserProvisioning) string {
	active, _, _ := strings.Cut(condition(user.Status.Conditions, v1alpha1.ConditionActive), ":")
	return fmt.Sprintf("%s | %s | %s", active, user.Status.Granted, user.Status.Refused)
}

// usage is what kubectl shows of a license.
func usage(lineItem *v1alpha1.LineItem) string {
	if lineItem.Status.Users == nil {
		return lineItem.Status.LimitationUsage
	}
	return fmt.Sprintf("%s | %d active", lineItem.Status.LimitationUsage, *lineItem.Status.Users.Active)
}
