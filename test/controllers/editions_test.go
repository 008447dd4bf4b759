package controllers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

const suite = `{displayName: The Suite, limitations: [{id: api, name: API Functionality}, {id: backup, name: Cloud Backup}]}`

func ofSuite(limitations string) string {
	return `{productRef: {name: suite}, displayName: Pro, provisioningMode: Named, clientType: Users, userLimit: 5, tokenLimit: 2, limitations: ` + limitations + `}`
}

func madeFrom(name, different string) string {
	return tokens(fmt.Sprintf("activationID: USERS\neditionRef: {name: %s}\n%s", name, different))
}

// editions are what licenses are made from: a change of one changes them all.
func editions(t *testing.T, p producer) {
	ready := func(l *v1alpha1.LineItem) string { return condition(l.Status.Conditions, v1alpha1.ConditionReady) }
	has := func(id, want string) {
		t.Helper()
		wait(t, p, id, &v1alpha1.UserProvisioning{}, want, glance)
	}
	// In whatever order they are applied, they come together.
	p.sells(t)
	p.apply(t, "LineItem", "license", madeFrom("pro", ""))
	p.user(t, "u1", `[api, backup]`)
	p.user(t, "u2", `[api]`)
	wait(t, p, "license", &v1alpha1.LineItem{},
		"Ready=False EditionNotFound: editionRef: edition pro does not exist in namespace editions: nothing new is granted until it does", ready)
	has("u1", "Active=False LicenseNotValid |  | api (LicenseNotValid), backup (LicenseNotValid)")
	p.apply(t, "Edition", "pro", ofSuite(`[{id: api, limit: 1, userProvisioning: true, resetMode: Never, adjustable: true}, {id: backup, limit: 1, userProvisioning: true, resetMode: Never}]`))
	editionReady := func(e *v1alpha1.Edition) string { return condition(e.Status.Conditions, v1alpha1.ConditionReady) }
	wait(t, p, "pro", &v1alpha1.Edition{}, "Ready=False ProductNotFound: product suite does not exist in namespace editions", editionReady)
	p.apply(t, "Product", "suite", suite)
	pro := get(t, p, "pro", &v1alpha1.Edition{})
	wait(t, p, "pro", pro, "Ready=True Reconciled: clients know it as "+string(pro.UID), editionReady)
	product := get(t, p, "suite", &v1alpha1.Product{})
	wait(t, p, "suite", product, "Ready=True Reconciled: clients know it as "+string(product.UID),
		func(p *v1alpha1.Product) string { return condition(p.Status.Conditions, v1alpha1.ConditionReady) })
	ids := func(l *v1alpha1.LineItem) string {
		return fmt.Sprint(l.Status.EditionID, " ", l.Status.ProductID, " ", l.Status.ProvisioningMode, " ", l.Status.ClientType)
	}
	wait(t, p, "license", &v1alpha1.LineItem{}, fmt.Sprint(pro.UID, " ", product.UID, " Named Users"), ids)
	used := func(want string) {
		t.Helper()
		wait(t, p, "license", &v1alpha1.LineItem{}, want, usage)
	}
	used("API Functionality 1/1, Cloud Backup 1/1 | 2 active")

	// More of it, in the edition or in the license, goes to who waits.
	p.apply(t, "LineItem", "license", madeFrom("pro", "limitations: [{id: api, limit: 2, resetMode: Never}]"))
	used("API Functionality 2/2, Cloud Backup 1/1 | 2 active")
	p.user(t, "u2", `[api, backup]`)
	p.apply(t, "Edition", "pro", ofSuite(`[{id: api, limit: 1, userProvisioning: true, resetMode: Never, adjustable: true}, {id: backup, limit: 2, userProvisioning: true, resetMode: Never}]`))
	used("API Functionality 2/2, Cloud Backup 2/2 | 2 active")
	has("u2", "Active=True UserActive | API Functionality, Cloud Backup | ")

	// What an edition does not leave open is ignored, and said.
	p.apply(t, "LineItem", "license", madeFrom("pro", "limitations: [{id: backup, limit: 9, resetMode: Never}]"))
	wait(t, p, "license", &v1alpha1.LineItem{},
		"Ready=True OverrideIgnored: limitations[backup] is ignored: edition pro does not have it adjustable", ready)
	used("API Functionality 2/1, Cloud Backup 2/2 | 2 active")

	// Another edition of another kind gives nothing new and takes nothing away, and tokens are charged all the same.
	p.apply(t, "Edition", "floating", `{productRef: {name: suite}, displayName: Floating, provisioningMode: Floating, clientType: Users, floating: {limit: 3}}`)
	p.apply(t, "LineItem", "license", madeFrom("floating", ""))
	wait(t, p, "license", &v1alpha1.LineItem{}, "Ready=False EditionNotPossible: editionRef: edition floating is Floating, the license is Named and stays so: "+
		"nothing new is granted until editionRef names another one", ready)
	wait(t, p, "license", &v1alpha1.LineItem{}, "Active=True Deployed", func(l *v1alpha1.LineItem) string {
		said, _, _ := strings.Cut(condition(l.Status.Conditions, v1alpha1.ConditionActive), ":")
		return said
	})
	has("u2", "Active=False LicenseNotValid | api, backup | ")
	figures(t, "balances", p.balances(t, "USERS"), map[string]int64{"api": 2, "backup": 2, "#seat": 2})

	// One of the same kind is another edition of the same license. What it does not have is revoked.
	p.apply(t, "Edition", "light", ofSuite(`[{id: api, limit: 5, userProvisioning: true, resetMode: Never}]`))
	p.apply(t, "LineItem", "license", madeFrom("light", ""))
	used("API Functionality 2/5 | 2 active")
	has("u1", "Active=True UserActive | API Functionality | backup (UnknownLimitation)")
	count := func(e *v1alpha1.Edition) string {
		if e.Status.LicenseCount == nil {
			return "unknown"
		}
		return fmt.Sprint(*e.Status.LicenseCount)
	}
	wait(t, p, "light", &v1alpha1.Edition{}, "1", count)
	wait(t, p, "pro", &v1alpha1.Edition{}, "0", count)

	// A license without an edition is of the product that it names.
	p.apply(t, "LineItem", "plain", tokens("activationID: PLAIN\nproduct: suite\n"))
	plain := get(t, p, "plain", &v1alpha1.LineItem{})
	wait(t, p, "plain", plain, fmt.Sprint(kubestore.ImpliedEditionID(string(plain.UID)), " ", product.UID, " Named Users"), ids)
	p.delete(t, &v1alpha1.Edition{}, "light")
	wait(t, p, "license", &v1alpha1.LineItem{},
		"Ready=False EditionNotFound: editionRef: edition light does not exist in namespace editions: nothing new is granted until it does", ready)
	figures(t, "balances without the edition", p.balances(t, "USERS"), map[string]int64{"api": 2, "backup": 0, "#seat": 2})
}
