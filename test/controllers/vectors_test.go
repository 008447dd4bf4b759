package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// threeUsers is the license of the published examples: all three users can have A, two of them B.
const threeUsers = `
activationID: USERS
elastic: false
product: suite
userLimit: 3
limitations:
- {id: A, name: API Functionality, limit: 3, userProvisioning: true, resetMode: Never}
- {id: B, name: Cloud Backup Functionality, limit: 2, userProvisioning: true, resetMode: Never}
`

func namedUserTokens(license string) string {
	return strings.ReplaceAll(tokens(""), "elastic: true\n", "") + license
}

// vectors are the worked examples of the specification, as far as they can be declared.
func vectors(t *testing.T, p producer) {
	p.apply(t, "Instance", "acme", `{accountID: ACME, shortName: Acme}`)
	p.apply(t, "LineItem", "license", namedUserTokens(threeUsers))
	has := func(id, want string) {
		t.Helper()
		wait(t, p, id, &v1alpha1.UserProvisioning{}, want, glance)
	}
	used := func(want string) {
		t.Helper()
		wait(t, p, "license", &v1alpha1.LineItem{}, want, usage)
	}

	// 1: users of a fresh license hold nothing.
	for _, id := range []string{"u1", "u2", "u3"} {
		p.user(t, id, `[]`)
		has(id, "Active=True UserActive |  | ")
	}
	used("API Functionality 0/3, Cloud Backup Functionality 0/2 | 3 active")
	// 2 and 3: everybody can have A.
	for i, id := range []string{"u1", "u2", "u3"} {
		p.user(t, id, `[A]`)
		has(id, "Active=True UserActive | API Functionality | ")
		used(fmt.Sprintf("API Functionality %d/3, Cloud Backup Functionality 0/2 | 3 active", i+1))
	}
	// 4 and 5: not more than two have B, and the third is told why not.
	for _, id := range []string{"u1", "u2"} {
		p.user(t, id, `[A, B]`)
		has(id, "Active=True UserActive | API Functionality, Cloud Backup Functionality | ")
	}
	p.user(t, "u3", `[A, B]`)
	has("u3", "Active=True UserActive | API Functionality | Cloud Backup Functionality (LimitReached)")
	denied := get(t, p, "u3", &v1alpha1.UserProvisioning{}).Status.Denied
	figures(t, "why u3 has no B", denied[0].Message, `limitation "Cloud Backup Functionality" has a limit of 2: 1 asked for, 2 held`)
	used("API Functionality 3/3, Cloud Backup Functionality 2/2 | 3 active")

	// 6 to 8: each has its own transactions, and to declare the same again changes nothing.
	first, second := p.transactions(t, "u1"), p.transactions(t, "u2")
	seat := get(t, p, "u1", &v1alpha1.UserProvisioning{}).Status.Seat
	ids := map[string]bool{first["A"]: true, first["B"]: true, second["A"]: true, second["B"]: true, p.transactions(t, "u3")["A"]: true, "": true}
	figures(t, "transactions that are distinct", len(ids), 6)
	p.apply(t, "UserProvisioning", "u1", `{lineItemRef: {name: license}, userID: u1, name: Lisa, active: true, limitations: [A, B]}`)
	time.Sleep(time.Second)
	figures(t, "transactions of u1 after a repeat", p.transactions(t, "u1"), first)
	figures(t, "balances after a repeat", p.balances(t, "USERS"), map[string]int64{"A": 3, "B": 2, licensing.SeatID: 3})

	// 11 to 13: what u1 gives back u3 gets, by a transaction of its own.
	p.user(t, "u1", `[A]`)
	has("u3", "Active=True UserActive | API Functionality, Cloud Backup Functionality | ")
	has("u1", "Active=True UserActive | API Functionality | ")
	if again := p.transactions(t, "u3")["B"]; again == first["B"] {
		t.Errorf("u3 has the transaction %s that u1 had", again)
	}
	figures(t, "the seat of u1", get(t, p, "u1", &v1alpha1.UserProvisioning{}).Status.Seat, seat)

	// 14 and 16: with the user go the units, and do not come back with the same id.
	p.delete(t, &v1alpha1.UserProvisioning{}, "u2")
	used("API Functionality 2/3, Cloud Backup Functionality 1/2 | 2 active")
	p.user(t, "u2", `[]`)
	has("u2", "Active=True UserActive |  | ")
	used("API Functionality 2/3, Cloud Backup Functionality 1/2 | 3 active")

	// 19: an inactive user keeps the units, and frees the seat.
	units := p.transactions(t, "u3")
	p.apply(t, "UserProvisioning", "u3", `{lineItemRef: {name: license}, userID: u3, active: false, limitations: [A, B]}`)
	has("u3", "Active=False UserInactive | API Functionality, Cloud Backup Functionality | ")
	figures(t, "transactions of an inactive user", p.transactions(t, "u3"), units)
	used("API Functionality 2/3, Cloud Backup Functionality 1/2 | 2 active")

	// 20: of two that are asked for together the one that is free is given. 17: a unit that was given back is free once.
	p.user(t, "u2", `[B]`)
	has("u2", "Active=True UserActive | Cloud Backup Functionality | ")
	p.user(t, "u4", `[A, B]`)
	has("u4", "Active=True UserActive | API Functionality | Cloud Backup Functionality (LimitReached)")
	figures(t, "balances", p.balances(t, "USERS"), map[string]int64{"A": 3, "B": 2, licensing.SeatID: 3})
}

// userLimits are the vectors about users who are active.
func userLimits(t *testing.T, p producer) {
	license := func(limit int) string {
		return namedUserTokens(fmt.Sprintf("\nactivationID: USERS\nelastic: false\nproduct: suite\nuserLimit: %d\n", limit))
	}
	p.apply(t, "Instance", "acme", `{accountID: ACME, shortName: Acme}`)
	p.apply(t, "LineItem", "license", license(2))
	set := func(id string, active bool) {
		t.Helper()
		p.apply(t, "UserProvisioning", id, fmt.Sprintf(`{lineItemRef: {name: license}, userID: %s, active: %t}`, id, active))
	}
	is := func(id, want string) {
		t.Helper()
		wait(t, p, id, &v1alpha1.UserProvisioning{}, want, glance)
	}
	const active, inactive, waits = "Active=True UserActive |  | ", "Active=False UserInactive |  | ", "Active=False UserLimitReached |  | "
	// 35 and 36
	for _, id := range []string{"u1", "u2", "u3"} {
		set(id, true)
		time.Sleep(1100 * time.Millisecond) // age decides, and creation times are whole seconds
	}
	is("u1", active)
	is("u2", active)
	is("u3", waits)
	limits := func(l *v1alpha1.LineItem) string { return condition(l.Status.Conditions, v1alpha1.ConditionReady) }
	wait(t, p, "license", &v1alpha1.LineItem{},
		"Ready=True UserLimitExceeded: userLimit is 2: 1 users who are switched on have no seat and may not use the license", limits)
	// 37 and 38: as many inactive ones as one wants, but not active.
	set("u3", false)
	is("u3", inactive)
	set("u3", true)
	is("u3", waits)
	// 39
	set("u2", false)
	is("u2", inactive)
	is("u3", active)
	// Nobody who has a seat loses it to an older user who is switched on again.
	set("u2", true)
	is("u2", waits)
	is("u3", active)
	// 41: who lowers the limit in a file takes seats from the youngest.
	p.apply(t, "LineItem", "license", license(1))
	is("u3", waits)
	is("u1", active)
	figures(t, "balances", p.balances(t, "USERS"), map[string]int64{licensing.SeatID: 1})
	// A seat that gets free goes to the oldest who waits, and a new limit gives seats to all.
	p.delete(t, &v1alpha1.UserProvisioning{}, "u1")
	is("u2", active)
	is("u3", waits)
	p.apply(t, "LineItem", "license", license(5))
	is("u3", active)
	figures(t, "balances", p.balances(t, "USERS"), map[string]int64{licensing.SeatID: 2})
}

func userGroups(t *testing.T, p producer) {
	const research, sales = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
	license := func(sold int) string {
		return namedUserTokens(fmt.Sprintf(`
activationID: USERS
elastic: false
product: suite
userLimit: 3
userGroups:
- {id: %s, name: Research, userLimit: 1}
- {id: %s, name: Sales, userLimit: %d}
`, research, sales, sold))
	}
	p.apply(t, "Instance", "acme", `{accountID: ACME, shortName: Acme}`)
	p.apply(t, "LineItem", "license", license(1))
	in := func(id, group string) {
		t.Helper()
		p.apply(t, "UserProvisioning", id, fmt.Sprintf(`{lineItemRef: {name: license}, userID: %s, active: true, userGroupID: %s}`, id, group))
	}
	is := func(id, want string) {
		t.Helper()
		wait(t, p, id, &v1alpha1.UserProvisioning{}, want, func(u *v1alpha1.UserProvisioning) string {
			ready, _, _ := strings.Cut(condition(u.Status.Conditions, v1alpha1.ConditionReady), ":")
			if u.Status.Seat == nil {
				return ready + " without a seat"
			}
			return ready + " " + u.Status.Seat.UserGroupID
		})
	}
	in("u1", research)
	is("u1", "Ready=True Reconciled "+research)
	time.Sleep(1100 * time.Millisecond) // age decides, and creation times are whole seconds
	in("u2", research)
	is("u2", "Ready=False GroupLimitReached without a seat")
	message := condition(get(t, p, "u2", &v1alpha1.UserProvisioning{}).Status.Conditions, v1alpha1.ConditionActive)
	figures(t, "why u2 has no seat", message, "Active=False GroupLimitReached: user group Research of line item license has a userLimit of 1, "+
		"and as many of its users are active: 1 seat asked for, none free")
	in("u2", sales)
	is("u2", "Ready=True Reconciled "+sales)
	// Who cannot move keeps the seat.
	seat := get(t, p, "u1", &v1alpha1.UserProvisioning{}).Status.Seat.TransactionID
	in("u1", sales)
	is("u1", "Ready=False GroupLimitReached "+research)
	active, _, _ := strings.Cut(condition(get(t, p, "u1", &v1alpha1.UserProvisioning{}).Status.Conditions, v1alpha1.ConditionActive), ":")
	figures(t, "u1, who cannot move", active, "Active=True UserActive")
	p.apply(t, "LineItem", "license", license(2))
	is("u1", "Ready=True Reconciled "+sales)
	figures(t, "the seat that moved", get(t, p, "u1", &v1alpha1.UserProvisioning{}).Status.Seat.TransactionID, seat)
	figures(t, "balances", p.balances(t, "USERS"), map[string]int64{
		licensing.SeatID: 2, licensing.GroupSeatID(research): 0, licensing.GroupSeatID(sales): 2,
	})
	p.apply(t, "LineItem", "license", license(1))
	is("u1", "Ready=True Reconciled "+sales)
	is("u2", "Ready=False GroupLimitReached without a seat")
	in("u3", "11111111-0000-4000-8000-000000000009")
	is("u3", "Ready=False UserGroupNotFound without a seat")
}
