package dashboard

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// LineItem is a purchase. Figures are empty where nobody can tell them: of a duplicate, or before the first look.
type LineItem struct {
	Name         string `json:"name"`
	ActivationID string `json:"activationId"`
	DisplayName  string `json:"displayName,omitempty"`
	State        string `json:"state"`
	// Quantity is the number of tokens bought; 0 for a license without tokens.
	Quantity       int64     `json:"quantity"`
	Start          time.Time `json:"start"`
	End            time.Time `json:"end"`
	Elastic        bool      `json:"elastic"`
	Series         string    `json:"series,omitempty"`
	RateTable      string    `json:"rateTable,omitempty"`
	Overdraft      string    `json:"overdraft,omitempty"`
	OverdraftLimit *int64    `json:"overdraftLimit,omitempty"`

	Used          string `json:"used,omitempty"`
	Available     string `json:"available,omitempty"`
	Unlimited     bool   `json:"unlimited,omitempty"`
	OverdraftUsed string `json:"overdraftUsed,omitempty"`

	Conditions []Condition `json:"conditions"`
	// License is nil for a line item that has nothing to do with named users.
	License *License `json:"license,omitempty"`
}

// lineItems are in the order in which they are charged.
func (r *Reader) lineItems(ctx context.Context, instance *v1alpha1.Instance, users bool) ([]LineItem, error) {
	var list v1alpha1.LineItemList
	err := r.Cached.List(ctx, &list, client.InNamespace(instance.Namespace), client.UnsafeDisableDeepCopy,
		client.MatchingFields{kubestore.IndexInstance: instance.Name})
	if err != nil {
		return nil, fmt.Errorf("list line items: %w", err)
	}
	lineItems := make([]LineItem, len(list.Items))
	for i := range list.Items {
		object := &list.Items[i]
		lineItems[i] = lineItemOf(object)
		if lineItems[i].License, err = r.license(ctx, object, users); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(lineItems, func(a, b LineItem) int {
		return cmp.Or(a.End.Compare(b.End), a.Start.Compare(b.Start), strings.Compare(a.ActivationID, b.ActivationID))
	})
	return lineItems, nil
}

func lineItemOf(object *v1alpha1.LineItem) LineItem {
	spec, status := object.Spec, object.Status
	return LineItem{
		Name: object.Name, ActivationID: kubestore.ActivationID(object), DisplayName: spec.DisplayName, State: string(spec.State),
		Quantity: spec.Quantity, Start: spec.Start.UTC(), End: spec.End.UTC(), Elastic: isTrue(spec.Elastic), Series: spec.RateTableSeries,
		RateTable: status.RatesFrom.Name, Overdraft: string(spec.Overdraft.Type), OverdraftLimit: spec.Overdraft.Limit,
		Used: string(status.Used), Available: string(status.Available), Unlimited: isTrue(status.Unlimited),
		OverdraftUsed: string(status.OverdraftUsed), Conditions: conditions(status.Conditions),
	}
}
