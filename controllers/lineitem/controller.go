// Package lineitem shows of every LineItem what is used of it, whether it can be charged and why not.
package lineitem

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/controllers/trigger"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=lineitems;instances;ratetables;userprovisionings;activations;editions;products;tenantconfigurations,verbs=get;list;watch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=lineitems/status,verbs=get;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

const (
	// retryAfter is how soon an account that could not be read is looked at again.
	retryAfter = 5 * time.Second
	// sessionsAfter is how soon the sessions of a floating license are counted again: they are not objects to be watched.
	sessionsAfter = time.Minute
)

// Reconciler reconciles LineItems. It is safe for concurrent use on different line items.
type Reconciler struct {
	Client client.Client
	Store  *kubestore.Store
	Ledger *ledger.Ledger
	Clock  clock.PassiveClock
	Events events.EventRecorder
	// OpenSessions counts those of a floating license; nil where there is nobody to ask.
	OpenSessions func(ctx context.Context, namespace, licenseID string) (int, error)
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// Reconcile brings the status of one line item up to date.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var lineItem v1alpha1.LineItem
	if err := r.Client.Get(ctx, request.NamespacedName, &lineItem); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	input, err := r.gather(ctx, &lineItem)
	if err != nil {
		return ctrl.Result{}, err
	}
	desired := Status(input)
	changed, err := r.writer().Write(ctx, &lineItem, lineItem.Status, desired)
	if err != nil {
		return ctrl.Result{}, err
	}
	if changed {
		status.Announce(r.Events, &lineItem, "Reconcile", lineItem.Status.Conditions, desired.Conditions)
	}
	if input.InstanceFound && input.Account == nil {
		return ctrl.Result{RequeueAfter: retryAfter}, nil
	}
	moments := input.changes(desired)
	if input.OpenSessions != nil {
		moments = append(moments, input.Now.Add(sessionsAfter))
	}
	return ctrl.Result{RequeueAfter: trigger.After(input.Now, moments...)}, nil
}

func (r *Reconciler) writer() status.Writer {
	return status.Writer{
		Client: r.Client, Owner: "licensing-operator-lineitem",
		Fields: []string{
			"observedGeneration", "activationID", "licenseID", "used", "available", "unlimited", "overdraftUsed",
			"ratesFrom", "accessActions", "editionID", "productID", "provisioningMode", "clientType",
			"limitations", "limitationUsage", "users", "activations", "openSessions", "conditions",
		},
	}
}

func (r *Reconciler) gather(ctx context.Context, lineItem *v1alpha1.LineItem) (Input, error) {
	settings, err := r.Store.Settings(ctx, lineItem.Namespace)
	if err != nil {
		return Input{}, err
	}
	input := Input{Object: lineItem, Now: r.Clock.Now(), TimezoneTolerant: settings.TimezoneTolerant}
	input.LineItem, input.Unusable = kubestore.LineItem(lineItem)
	standing, err := r.Store.Standing(ctx, lineItem)
	if err != nil {
		return Input{}, fmt.Errorf("list line items: %w", err)
	}
	if standing.UID != lineItem.UID {
		input.StandingLineItem = standing.Name
	}
	tables, err := r.Store.RateTables(ctx, lineItem.Namespace)
	if err != nil {
		return Input{}, fmt.Errorf("list rate tables: %w", err)
	}
	series := lineItem.Spec.RateTableSeries
	if kubestore.PricedBy(lineItem, series) {
		input.Rates, _ = tables.Effective(series, input.Now)
		input.NextRates, _ = tables.NextChange(series, input.Now)
	}
	if err := r.readLicense(ctx, &input); err != nil {
		return Input{}, err
	}
	return input, r.readAccount(ctx, &input)
}

// readLicense reads what there is beside tokens.
func (r *Reconciler) readLicense(ctx context.Context, input *Input) error {
	lineItem := input.Object
	terms, err := r.Store.LicenseTerms(ctx, lineItem, false)
	if err != nil && !errors.As(err, &input.NoTerms) {
		return err
	}
	input.Terms = terms
	standing, err := r.Store.StandingLicense(ctx, lineItem)
	if err != nil {
		return fmt.Errorf("list line items: %w", err)
	}
	if standing.UID != lineItem.UID && kubestore.IsLicense(lineItem) {
		input.StandingLicense = standing.Name
	}
	users, err := r.Store.LicenseUsers(ctx, client.ObjectKeyFromObject(lineItem))
	if err != nil {
		return fmt.Errorf("list users: %w", err)
	}
	input.Users = countUsers(users)
	if r.OpenSessions != nil && terms.Floating != nil {
		open, err := r.OpenSessions(ctx, lineItem.Namespace, terms.LicenseID)
		if err != nil {
			return fmt.Errorf("count sessions: %w", err)
		}
		input.OpenSessions = &open
	}
	return nil
}

// readAccount takes the view of the account that the Instance controller refreshed before it wrote its status, which is
// what brings this controller here.
func (r *Reconciler) readAccount(ctx context.Context, input *Input) error {
	id := ledger.AccountID{Namespace: input.Object.Namespace, Name: input.Object.Spec.InstanceRef.Name}
	err := r.Client.Get(ctx, client.ObjectKey(id), &v1alpha1.Instance{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read instance: %w", err)
	}
	input.InstanceFound = true
	snapshot, err := r.Ledger.Snapshot(ctx, id, false)
	var halted *ledger.HaltedError
	switch {
	case err == nil:
		input.Account = &snapshot
	case errors.As(err, &halted):
		input.Halted = true
	case !errors.Is(err, ledger.ErrUnavailable):
		return fmt.Errorf("read the account: %w", err)
	}
	return nil
}
