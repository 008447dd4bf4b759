package integration

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

var seats = []story{
	{"a session takes a named user's unit along with the tokens", seatAndTokens},
	{"sessions of many users race for the last units", seatRush},
}

const (
	desks = `
series: PublicationApps
version: desks
effectiveFrom: "2024-01-01T00:00:00Z"
items:
- {name: Desk, rate: 10, limitation: {id: desks, provision: true}}
- {name: Visit, rate: 1, limitation: {id: desks}}
- {name: Seat, rate: 1}`
	office = `
instanceRef: {name: acme-def-inst}
activationID: OFFICE
state: DEPLOYED
start: "2023-09-27T00:00:00Z"
end: "9999-12-31T23:59:59Z"
elastic: false
product: Office
limitations:
- {id: desks, name: Desks, limit: %d, userProvisioning: true, resetMode: Never}`
)

// opensOffice sells tokens, and desks to so many users, who can be seen to be active.
func opensOffice(t *testing.T, p cluster.Producer, tokens, limit int, users ...string) {
	t.Helper()
	p.Sells(t, tokens)
	p.Apply(t, "RateTable", "desks", desks)
	p.Apply(t, "LineItem", "office", fmt.Sprintf(office, limit))
	for _, user := range users {
		p.Apply(t, "UserProvisioning", user, fmt.Sprintf("{lineItemRef: {name: office}, userID: %s@example.com, active: true}", user))
	}
	for _, user := range users {
		cluster.Eventually(t, user+" to be active", func(ctx context.Context) error {
			var named v1alpha1.UserProvisioning
			if err := p.Read(ctx, user, &named); err != nil {
				return err
			}
			if named.Status.Seat == nil {
				return fmt.Errorf("conditions %v", named.Status.Conditions)
			}
			return nil
		})
	}
}

// works claims items for a user; the session has the name of the user.
func works(t *testing.T, p cluster.Producer, user, items string) {
	t.Helper()
	p.Apply(t, "Session", user, fmt.Sprintf(`
instanceRef: {name: %s}
requester: {type: user, value: %s@example.com}
requestedItems: %s`, cluster.InstanceName, user, items))
}

// unit is how the user came to the desk; empty without one.
func unit(ctx context.Context, p cluster.Producer, user string) (v1alpha1.HoldingOrigin, error) {
	var named v1alpha1.UserProvisioning
	if err := p.Read(ctx, user, &named); err != nil {
		return "", err
	}
	for _, holding := range named.Status.Holdings {
		if holding.LimitationID == "desks" {
			return holding.Origin, nil
		}
	}
	return "", nil
}

func hasUnit(t *testing.T, p cluster.Producer, user string, want v1alpha1.HoldingOrigin) {
	t.Helper()
	cluster.Eventually(t, "the unit of "+user, func(ctx context.Context) error {
		got, err := unit(ctx, p, user)
		if err == nil && got != want {
			err = fmt.Errorf("origin %q, want %q", got, want)
		}
		return err
	})
}

// officeUse waits until the two line items show what is used.
func officeUse(t *testing.T, p cluster.Producer, tokens, held string) {
	t.Helper()
	cluster.Eventually(t, "the line items", func(ctx context.Context) error {
		var sold, office v1alpha1.LineItem
		if err := p.Read(ctx, cluster.LineItemName, &sold); err != nil {
			return err
		}
		if err := p.Read(ctx, "office", &office); err != nil {
			return err
		}
		got := string(sold.Status.Used)
		for _, limitation := range office.Status.Limitations {
			got += " " + string(limitation.Used)
		}
		if got != tokens+" "+held {
			return fmt.Errorf("used are %s, want %s %s", got, tokens, held)
		}
		return nil
	})
}

func seatAndTokens(t *testing.T, p cluster.Producer) {
	opensOffice(t, p, 21, 1, "ann", "bob")
	works(t, p, "bob", "[{item: Visit, count: 1}]")
	isDenied(t, p, "bob", v1alpha1.ReasonUserNotProvisioned)
	works(t, p, "ann", "[{item: Desk, count: 1}, {item: Seat, count: 12}]")
	isDenied(t, p, "ann", v1alpha1.ReasonNotEnoughTokens)
	hasUnit(t, p, "ann", "")

	works(t, p, "ann", "[{item: Desk, count: 1}, {item: Visit, count: 1}]")
	p.Granted(t, "ann")
	hasUnit(t, p, "ann", v1alpha1.HoldingOriginCall)
	works(t, p, "bob", "[{item: Seat, count: 1}, {item: Desk, count: 1}]")
	isDenied(t, p, "bob", v1alpha1.ReasonUserNotProvisioned)
	message := cluster.Condition(p.Session(t, "bob", cluster.Is("")).Status.Conditions, v1alpha1.ConditionGranted)
	for _, part := range []string{"item Desk", `"desks"`, "bob@example.com", "line item OFFICE", `limitation "Desks" has a limit of 1`, "1 asked for, 1 held", "none is free"} {
		if !strings.Contains(message, part) {
			t.Errorf("%s, want something with %q", message, part)
		}
	}
	works(t, p, "stranger", "[{item: Desk, count: 1}]")
	isDenied(t, p, "stranger", v1alpha1.ReasonUserNotProvisioned)
	officeUse(t, p, "11", "1")

	// The unit stays when the session goes, and goes with the user.
	p.Delete(t, "ann", &v1alpha1.Session{})
	p.Gone(t, "ann", &v1alpha1.Session{})
	hasUnit(t, p, "ann", v1alpha1.HoldingOriginCall)
	p.Delete(t, "ann", &v1alpha1.UserProvisioning{})
	cluster.Eventually(t, "the unit to be free", func(ctx context.Context) error {
		account, _, err := p.Store.LoadAccount(ctx, p.Account())
		if err != nil {
			return err
		}
		for key, balance := range account.Balances {
			if key.LimitationID == "desks" && balance.Consumed != 0 {
				return fmt.Errorf("%s are held", balance.Consumed)
			}
		}
		return nil
	})
	p.Apply(t, "Session", "bob", fmt.Sprintf(`
instanceRef: {name: %s}
requester: {type: user, value: bob@example.com}
requestedItems: [{item: Desk, count: 1}]
attempt: 1`, cluster.InstanceName))
	p.Granted(t, "bob")
	hasUnit(t, p, "bob", v1alpha1.HoldingOriginCall)
	checkInvariants(t, p)
}

func seatRush(t *testing.T, p cluster.Producer) {
	const users, limit = 20, 6
	names := make([]string, users)
	for n := range names {
		names[n] = fmt.Sprintf("user-%d", n)
	}
	opensOffice(t, p, 1000, limit, names...)
	for _, name := range names {
		works(t, p, name, "[{item: Desk, count: 1}]")
	}
	granted := 0
	for _, name := range names {
		session := p.Session(t, name, func(session *v1alpha1.Session) error {
			got := cluster.Condition(session.Status.Conditions, v1alpha1.ConditionGranted)
			if !strings.HasPrefix(got, "True ") && !strings.HasPrefix(got, "False "+v1alpha1.ReasonUserNotProvisioned) {
				return fmt.Errorf("granted is %q", got)
			}
			return nil
		})
		if session.Status.State == v1alpha1.SessionActive {
			granted++
		}
	}
	if granted != limit {
		t.Errorf("%d sessions were granted, want %d", granted, limit)
	}
	cluster.Eventually(t, "as many users to hold a unit", func(ctx context.Context) error {
		holding := 0
		for _, name := range names {
			origin, err := unit(ctx, p, name)
			if err != nil {
				return err
			}
			if origin != "" {
				holding++
			}
		}
		if holding != limit {
			return fmt.Errorf("%d users hold a unit, want %d", holding, limit)
		}
		return nil
	})
	officeUse(t, p, fmt.Sprint(10*limit), fmt.Sprint(limit))
	checkInvariants(t, p)
}
