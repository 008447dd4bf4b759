// Package instance opens the account of every Instance, watches over it, and sums up in the Instance's status what was
// bought, what is used and who uses it.
package instance

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

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=instances;lineitems;ratetables;sessions;tenantconfigurations,verbs=get;list;watch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=instances/status,verbs=get;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// retryAfter is how soon an account that could not be read, or on which charging has stopped, is looked at again.
const retryAfter = 5 * time.Second

// Reconciler reconciles Instances. It is safe for concurrent use on different instances.
type Reconciler struct {
	Client client.Client
	Store  *kubestore.Store
	Ledger *ledger.Ledger
	Clock  clock.PassiveClock
	Events events.EventRecorder
	// Usage tells how the usage records fare; nil where none are kept.
	Usage Usage

	// live reads past the informers.
	live client.Reader
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// Reconcile looks at the account of one Instance and brings its status up to date.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var instance v1alpha1.Instance
	err := r.Client.Get(ctx, request.NamespacedName, &instance)
	if apierrors.IsNotFound(err) {
		return r.finish(ctx, ledger.AccountID(request.NamespacedName))
	}
	if err != nil {
		return ctrl.Result{}, err
	}
	input, err := r.gather(ctx, &instance)
	if err != nil {
		return ctrl.Result{}, err
	}
	desired := Status(input)
	changed, err := r.writer().Write(ctx, &instance, instance.Status, desired)
	if err != nil {
		return ctrl.Result{}, err
	}
	if changed {
		status.Announce(r.Events, &instance, "Reconcile", instance.Status.Conditions, desired.Conditions)
	}
	if input.Account == nil {
		return ctrl.Result{RequeueAfter: retryAfter}, nil
	}
	moments := input.windows()
	if u := input.Usage; u != nil && (u.Waiting.Records > 0 || u.NearlyFull() || u.Full || u.Refused != "") {
		moments = append(moments, input.Now.Add(usageRefresh))
	}
	return ctrl.Result{RequeueAfter: trigger.After(input.Now, moments...)}, nil
}

func (r *Reconciler) writer() status.Writer {
	return status.Writer{
		Client: r.Client, Owner: "licensing-operator-instance",
		Fields: []string{"observedGeneration", "instanceID", "default", "tokens", "lineItems", "liveSessions", "ledger", "conditions"},
	}
}

func (r *Reconciler) gather(ctx context.Context, instance *v1alpha1.Instance) (Input, error) {
	input := Input{Instance: instance, Now: r.Clock.Now(), Remembered: instance.Status}
	if r.Usage != nil {
		input.Usage = new(r.Usage.StateOf(accountID(instance)))
	}
	if err := r.openAccount(ctx, &input); err != nil {
		return Input{}, err
	}
	id := accountID(instance)
	var err error
	if input.Catalog, err = r.Store.Catalog(ctx, id, false); err != nil {
		return Input{}, fmt.Errorf("what is on sale: %w", err)
	}
	namespace, shared := client.InNamespace(instance.Namespace), client.UnsafeDisableDeepCopy
	var lineItems v1alpha1.LineItemList
	if err := r.Client.List(ctx, &lineItems, namespace, client.MatchingFields{kubestore.IndexInstance: instance.Name}, shared); err != nil {
		return Input{}, fmt.Errorf("list line items: %w", err)
	}
	input.LineItems = len(lineItems.Items)
	var sessions v1alpha1.SessionList
	if err := r.Client.List(ctx, &sessions, client.MatchingFields{kubestore.IndexAccount: id.String()}, shared); err != nil {
		return Input{}, fmt.Errorf("list sessions: %w", err)
	}
	for _, session := range sessions.Items {
		switch session.Status.State {
		case v1alpha1.SessionActive:
			input.ActiveSessions++
		case v1alpha1.SessionTerminated:
		default:
			input.IdleSessions++
		}
	}
	var instances v1alpha1.InstanceList
	if err := r.Client.List(ctx, &instances, namespace, shared); err != nil {
		return Input{}, fmt.Errorf("list instances: %w", err)
	}
	for i := range instances.Items {
		if instances.Items[i].Spec.AccountID == instance.Spec.AccountID {
			input.OfAccount = append(input.OfAccount, &instances.Items[i])
		}
	}
	return input, nil
}

// openAccount reads the account. What the status remembers of it is the only witness when it is lost or went back:
// without an account in order it is kept as it is, and it is read live, because an informer that lags behind would turn
// it back.
func (r *Reconciler) openAccount(ctx context.Context, input *Input) error {
	snapshot, err := r.Ledger.Open(ctx, accountID(input.Instance))
	if err == nil {
		input.Account = &snapshot
		return nil
	}
	if halted := (*ledger.HaltedError)(nil); errors.As(err, &halted) {
		input.Incident = &halted.Incident
	} else if !errors.Is(err, ledger.ErrUnavailable) {
		return fmt.Errorf("open the account: %w", err)
	}
	input.PastUnknown = errors.Is(err, ledger.ErrPastUnknown)
	ctrl.LoggerFrom(ctx).V(1).Info("The account cannot be opened", "reason", err.Error())
	var live v1alpha1.Instance
	if err := r.live.Get(ctx, client.ObjectKeyFromObject(input.Instance), &live); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("read what is remembered of the account: %w", err)
	}
	input.Remembered = live.Status
	return nil
}

func accountID(instance *v1alpha1.Instance) ledger.AccountID {
	return ledger.AccountID{Namespace: instance.Namespace, Name: instance.Name}
}
