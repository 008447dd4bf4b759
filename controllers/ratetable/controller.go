// Package ratetable tells of rate tables whether they can be used, whether their time has come, and which line items
// they price.
package ratetable

import (
	"context"
	"fmt"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/controllers/trigger"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=ratetables,verbs=get;list;watch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=ratetables/status,verbs=get;patch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=lineitems,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconciler reconciles RateTables. It is safe for concurrent use on different tables.
type Reconciler struct {
	Client client.Client
	Store  *kubestore.Store
	Clock  clock.PassiveClock
	Events events.EventRecorder
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("ratetable").
		For(&v1alpha1.RateTable{}).
		Watches(&v1alpha1.RateTable{}, r.neighbors()).
		Watches(&v1alpha1.LineItem{}, handler.EnqueueRequestsFromMapFunc(r.pricing),
			builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Complete(r)
}

// Reconcile brings the status of one rate table up to date.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var table v1alpha1.RateTable
	if err := r.Client.Get(ctx, request.NamespacedName, &table); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	input, err := r.gather(ctx, &table)
	if err != nil {
		return ctrl.Result{}, err
	}
	desired := Status(input)
	changed, err := r.writer().Write(ctx, &table, table.Status, desired)
	if err != nil {
		return ctrl.Result{}, err
	}
	if changed {
		status.Announce(r.Events, &table, "Reconcile", table.Status.Conditions, desired.Conditions)
	}
	return ctrl.Result{RequeueAfter: trigger.After(input.Now, table.Spec.EffectiveFrom.Time, input.NextChange)}, nil
}

func (r *Reconciler) writer() status.Writer {
	return status.Writer{
		Client: r.Client, Owner: "licensing-operator-ratetable",
		Fields: []string{"observedGeneration", "effective", "lineItemCount", "lineItems", "conditions"},
	}
}

func (r *Reconciler) gather(ctx context.Context, table *v1alpha1.RateTable) (Input, error) {
	input := Input{Table: table, Now: r.Clock.Now()}
	if _, input.Problem = kubestore.RateTable(table); input.Problem != nil {
		return input, nil
	}
	tables, err := r.Store.RateTables(ctx, table.Namespace)
	if err != nil {
		return Input{}, fmt.Errorf("list rate tables: %w", err)
	}
	series := table.Spec.Series
	if !tables.Standing(table.Name, series) {
		input.StandingTable, err = r.standing(ctx, table, tables.Standing)
		return input, err
	}
	input.Ruling, _ = tables.Effective(series, input.Now)
	input.NextChange, _ = tables.NextChange(series, input.Now)
	var lineItems v1alpha1.LineItemList
	if err := r.Client.List(ctx, &lineItems, client.InNamespace(table.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return Input{}, fmt.Errorf("list line items: %w", err)
	}
	for i := range lineItems.Items {
		if kubestore.PricedBy(&lineItems.Items[i], series) {
			input.LineItems = append(input.LineItems, lineItems.Items[i].Name)
		}
	}
	return input, nil
}

// standing names the table that stands for the same series and version.
func (r *Reconciler) standing(ctx context.Context, table *v1alpha1.RateTable, stands func(name, series string) bool) (string, error) {
	var list v1alpha1.RateTableList
	if err := r.Client.List(ctx, &list, client.InNamespace(table.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return "", fmt.Errorf("list rate tables: %w", err)
	}
	for _, other := range list.Items {
		if other.Spec.Series == table.Spec.Series && other.Spec.Version == table.Spec.Version && stands(other.Name, other.Spec.Series) {
			return other.Name, nil
		}
	}
	// It went away since, which is an event of its own.
	return "another rate table", nil
}
