package controllers

import (
	"fmt"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// deletedWhileDown leaves a unit with nobody, which no event tells of any more.
func deletedWhileDown(t *testing.T) {
	p := newProducer(t, "down")
	p.apply(t, "Instance", "acme", `{accountID: ACME, shortName: Acme}`)
	p.apply(t, "LineItem", "license", tokens("limitations: [{id: seat, limit: 1, userProvisioning: true, resetMode: Never}]"))
	const holds = "Ready=True Reconciled: the user may use the license and holds all that is listed; holds seat"
	const waits = `Ready=False LimitReached: limitation "seat" has a limit of 1: 1 asked for, 1 held; holds `
	p.user(t, "u1", `[seat]`)
	wait(t, p, "u1", &v1alpha1.UserProvisioning{}, holds, user)
	time.Sleep(1100 * time.Millisecond)
	p.user(t, "u2", `[seat]`)
	wait(t, p, "u2", &v1alpha1.UserProvisioning{}, waits, user)
	time.Sleep(1100 * time.Millisecond)
	p.user(t, "u3", `[seat]`)
	wait(t, p, "u3", &v1alpha1.UserProvisioning{}, waits, user)

	if err := stop(); err != nil {
		t.Fatal(err)
	}
	p.delete(t, &v1alpha1.UserProvisioning{}, "u1")
	if err := start(); err != nil {
		t.Fatal(err)
	}
	wait(t, p, "u2", &v1alpha1.UserProvisioning{}, holds, user)
	wait(t, p, "u3", &v1alpha1.UserProvisioning{}, waits, user)
}

// restartedMeanwhile ends one operator in the middle of giving units, and looks whether the next one comes to the same
// figures as if there had been one.
func restartedMeanwhile(t *testing.T) {
	p := newProducer(t, "restarted")
	p.apply(t, "Instance", "acme", `{accountID: ACME, shortName: Acme}`)
	p.apply(t, "LineItem", "license", tokens(`
activationID: USERS
userLimit: 40
limitations:
- {id: api, limit: 30, userProvisioning: true, resetMode: Never}
- {id: backup, limit: 20, userProvisioning: true, resetMode: Never}
`))
	for i := range 60 {
		p.user(t, fmt.Sprintf("u%d", i), `[api, backup]`)
		if i == 30 {
			if err := stop(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := start(); err != nil {
		t.Fatal(err)
	}
	wait(t, p, "license", &v1alpha1.LineItem{}, "api 30/30, backup 20/20 | 40 active", usage)
	figures(t, "balances", p.balances(t, "USERS"), map[string]int64{"api": 30, "backup": 20, licensing.SeatID: 40})
	before := map[string]map[string]string{}
	for i := range 60 {
		before[fmt.Sprint(i)] = p.transactions(t, fmt.Sprintf("u%d", i))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second) // a new leader goes over everything once
	after := map[string]map[string]string{}
	for i := range 60 {
		after[fmt.Sprint(i)] = p.transactions(t, fmt.Sprintf("u%d", i))
	}
	figures(t, "transactions after another restart", after, before)
	figures(t, "balances after another restart", p.balances(t, "USERS"), map[string]int64{"api": 30, "backup": 20, licensing.SeatID: 40})
}
