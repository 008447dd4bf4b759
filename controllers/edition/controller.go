// Package edition tells of editions by which id clients know them, how many licenses are made from them, and what is in
// the way of more.
package edition

import (
	"context"
	"fmt"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=editions;products;lineitems,verbs=get;list;watch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=editions/status,verbs=get;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconciler reconciles Editions. It is safe for concurrent use on different editions.
type Reconciler struct {
	Client client.Client
	Store  *kubestore.Store
	Clock  clock.PassiveClock
	Events events.EventRecorder
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// Reconcile brings the status of one edition up to date.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	edition, product, err := r.Store.Edition(ctx, request.NamespacedName, false)
	if err != nil || edition == nil {
		return ctrl.Result{}, err
	}
	input := Input{Object: edition, Product: product, Now: r.Clock.Now()}
	standing, err := r.Store.StandingEdition(ctx, edition)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("list editions: %w", err)
	}
	if standing.UID != edition.UID {
		input.StandingEdition = standing.Name
	}
	var licenses v1alpha1.LineItemList
	err = r.Client.List(ctx, &licenses, client.InNamespace(edition.Namespace), client.UnsafeDisableDeepCopy,
		client.MatchingFields{kubestore.IndexEdition: edition.Name})
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("list line items: %w", err)
	}
	input.Licenses = len(licenses.Items)
	desired := Status(input)
	writer := status.Writer{
		Client: r.Client, Owner: "licensing-operator-edition",
		Fields: []string{"observedGeneration", "editionID", "licenseCount", "conditions"},
	}
	changed, err := writer.Write(ctx, edition, edition.Status, desired)
	if changed {
		status.Announce(r.Events, edition, "Reconcile", edition.Status.Conditions, desired.Conditions)
	}
	return ctrl.Result{}, err
}
