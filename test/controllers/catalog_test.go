package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

func rateTables(t *testing.T, p producer) {
	effective := func(table *v1alpha1.RateTable) string {
		return condition(table.Status.Conditions, v1alpha1.ConditionEffective)
	}
	ready := func(table *v1alpha1.RateTable) string {
		return condition(table.Status.Conditions, v1alpha1.ConditionReady)
	}
	p.sells(t)
	takeover := time.Now().Add(30 * time.Second).UTC().Truncate(time.Second).Format(time.RFC3339)
	p.apply(t, "RateTable", "apps-2", priceList("2", takeover))
	p.apply(t, "RateTable", "apps-2-again", priceList("2", "2023-12-01T00:00:00Z"))
	p.apply(t, "RateTable", "broken", `
series: Other
version: "1"
effectiveFrom: "2023-12-01T00:00:00Z"
items: [{name: A, formula: "1 +"}]`)

	wait(t, p, "apps-1", &v1alpha1.RateTable{}, "Effective=True Current: rules series Apps since 2023-11-01T14:44:12Z, until "+takeover, effective)
	wait(t, p, "apps-1", &v1alpha1.RateTable{}, "[tokens] 1 true", func(table *v1alpha1.RateTable) string {
		return fmt.Sprint(table.Status.LineItems, *table.Status.LineItemCount, *table.Status.Effective)
	})
	wait(t, p, "apps-2", &v1alpha1.RateTable{}, "Effective=False NotYetEffective: will rule series Apps from "+takeover+" on", effective)
	wait(t, p, "apps-2-again", &v1alpha1.RateTable{},
		"Ready=False DuplicateVersion: rate table apps-2 is version 2 of series Apps already: give this one another version", ready)
	wait(t, p, "broken", &v1alpha1.RateTable{}, "Ready=False InvalidFormula", func(table *v1alpha1.RateTable) string {
		conclusion, _, _ := strings.Cut(ready(table), ":")
		return conclusion
	})

	// The time comes by itself.
	wait(t, p, "apps-2", &v1alpha1.RateTable{}, "Effective=True Current: rules series Apps since "+takeover, effective)
	wait(t, p, "apps-1", &v1alpha1.RateTable{}, "Effective=True Superseded: rate table apps-2, version 2, rules series Apps since "+takeover, effective)
	wait(t, p, "apps-1", &v1alpha1.RateTable{}, "true 0", func(table *v1alpha1.RateTable) string {
		return fmt.Sprint(*table.Status.Effective, *table.Status.LineItemCount)
	})
	wait(t, p, "tokens", &v1alpha1.LineItem{}, "apps-2", func(lineItem *v1alpha1.LineItem) string { return lineItem.Status.RatesFrom.Name })
}

func lineItems(t *testing.T, p producer) {
	read := func(conditionType string) func(*v1alpha1.LineItem) string {
		return func(lineItem *v1alpha1.LineItem) string { return condition(lineItem.Status.Conditions, conditionType) }
	}
	p.apply(t, "LineItem", "tokens", tokens(`activationID: ACT01`))
	wait(t, p, "tokens", &v1alpha1.LineItem{}, "Bound=False InstanceNotFound: instance acme does not exist in namespace line-items", read("Bound"))
	p.apply(t, "Instance", "acme", `{accountID: ACME, shortName: Acme}`)
	wait(t, p, "tokens", &v1alpha1.LineItem{},
		"Active=False NoEffectiveRateTable: no rate table of series Apps is effective: nothing has a price", read("Active"))
	p.apply(t, "RateTable", "apps-1", priceList("1", "2023-11-01T14:44:12Z"))
	wait(t, p, "tokens", &v1alpha1.LineItem{}, "Active=True Deployed: may be charged until 9999-12-31T23:59:59Z", read("Active"))
	wait(t, p, "tokens", &v1alpha1.LineItem{}, "Ready=True Reconciled: may be charged until 9999-12-31T23:59:59Z", read("Ready"))

	// Creation times are whole seconds: the second object must be younger for everyone to see.
	time.Sleep(1100 * time.Millisecond)
	p.apply(t, "LineItem", "copy", tokens(`activationID: ACT01`))
	wait(t, p, "copy", &v1alpha1.LineItem{},
		"Ready=False DuplicateID: line item tokens, which is older, has activation id ACT01 already", read("Ready"))
	p.delete(t, &v1alpha1.LineItem{}, "tokens")
	wait(t, p, "copy", &v1alpha1.LineItem{}, "Ready=True Reconciled: may be charged until 9999-12-31T23:59:59Z", read("Ready"))

	ending := time.Now().Add(30 * time.Second).UTC().Truncate(time.Second).Format(time.RFC3339)
	p.apply(t, "LineItem", "short", "instanceRef: {name: acme}\nstate: DEPLOYED\nquantity: 5\nstart: \"2023-09-27T00:00:00Z\"\nend: \""+ending+"\"\nelastic: true\nrateTableSeries: Apps")
	wait(t, p, "acme", &v1alpha1.Instance{}, "105", func(instance *v1alpha1.Instance) string {
		return tokensOf(instance).Entitled.String()
	})
	wait(t, p, "short", &v1alpha1.LineItem{}, "Active=False Expired: ended at "+ending, read("Active"))
	wait(t, p, "acme", &v1alpha1.Instance{}, "100", func(instance *v1alpha1.Instance) string {
		return tokensOf(instance).Entitled.String()
	})
	wait(t, p, "short", &v1alpha1.LineItem{}, "False", func(lineItem *v1alpha1.LineItem) string {
		return string(lineItem.Status.Conditions[len(lineItem.Status.Conditions)-1].Status)
	})
}

func tokensOf(instance *v1alpha1.Instance) v1alpha1.InstanceTokens {
	if instance.Status.Tokens == nil {
		return v1alpha1.InstanceTokens{}
	}
	return *instance.Status.Tokens
}

// figures compares what a status holds with YAML of the same type.
func figures(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func get[O client.Object](t *testing.T, p producer, name string, object O) O {
	t.Helper()
	if err := admin.Get(t.Context(), client.ObjectKey{Namespace: string(p), Name: name}, object); err != nil {
		t.Fatal(err)
	}
	return object
}
