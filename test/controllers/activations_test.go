package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// activations compete for the tokens of a license, and a client has one of a product.
func activations(t *testing.T, p producer) {
	p.sells(t)
	p.apply(t, "Product", "suite", suite)
	p.apply(t, "LineItem", "license", tokens("activationID: USERS\nproduct: suite\ntokenLimit: 2\n"))
	activate := func(name, client, license string) {
		t.Helper()
		p.apply(t, "Activation", name, fmt.Sprintf(`{lineItemRef: {name: %s}, clientID: %s}`, license, client))
		time.Sleep(1100 * time.Millisecond) // age decides, and creation times are whole seconds
	}
	is := func(name, want string) {
		t.Helper()
		wait(t, p, name, &v1alpha1.Activation{}, want, func(a *v1alpha1.Activation) string {
			ready := condition(a.Status.Conditions, v1alpha1.ConditionReady)
			if a.Status.TokenKey == "" {
				return ready
			}
			ready, _, _ = strings.Cut(ready, ":")
			return ready + ", has a token"
		})
	}
	const has, waits = "Ready=True Activated, has a token",
		"Ready=False TokenLimitReached: line item license has a tokenLimit of 2, and other clients have them: 1 token asked for, none free"
	for _, name := range []string{"a", "b", "c", "d"} {
		activate(name, "device-"+name, "license")
	}
	is("a", has)
	is("b", has)
	is("c", waits)
	is("d", waits)
	counts := func(l *v1alpha1.LineItem) string {
		if l.Status.Activations == nil {
			return "unknown"
		}
		return fmt.Sprint(*l.Status.Activations)
	}
	wait(t, p, "license", &v1alpha1.LineItem{}, "2", counts)

	// A token that gets free goes to who waits longest.
	p.delete(t, &v1alpha1.Activation{}, "a")
	is("c", has)
	is("d", waits)

	// A client is of one license of a product, and may be of another product's besides.
	p.apply(t, "LineItem", "second", tokens("activationID: SECOND\nproduct: "+string(get(t, p, "suite", &v1alpha1.Product{}).UID)+"\n"))
	p.apply(t, "LineItem", "other", tokens("activationID: OTHER\nproduct: tools\n"))
	activate("b-again", "device-b", "second")
	activate("b-elsewhere", "device-b", "other")
	is("b-again", "Ready=False DuplicateClient: activation b of line item license, which is older, is client device-b of the product already")
	is("b-elsewhere", has)
	p.delete(t, &v1alpha1.Activation{}, "b")
	is("b-again", has)
	is("d", has)
	figures(t, "balances", p.balances(t, "USERS"), map[string]int64{licensing.TokenID: 2})

	// A license that was switched off gives no tokens and takes none.
	p.apply(t, "LineItem", "license", strings.Replace(tokens("activationID: USERS\nproduct: suite\ntokenLimit: 3\n"), "DEPLOYED", "INACTIVE", 1))
	activate("e", "device-e", "license")
	is("e", "Ready=False LicenseNotValid: line item license is INACTIVE")
	is("d", "Ready=False LicenseNotValid, has a token")
	p.apply(t, "LineItem", "license", tokens("activationID: USERS\nproduct: suite\ntokenLimit: 3\n"))
	is("e", has)
}
