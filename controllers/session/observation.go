package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Obstacle is why a session cannot claim at all.
type Obstacle struct {
	Reason  string
	Message string
	// Passing obstacles go away by themselves; the others need somebody to change something.
	Passing bool
}

// Observation is everything that the status of a session is computed from.
type Observation struct {
	Session  *v1alpha1.Session
	Instance *v1alpha1.Instance
	Obstacle *Obstacle
	// Items are the requested items, converted; Claim identifies them. Digest identifies them together
	// with the attempt: what was granted is not asked for again, what was denied is when the attempt is raised.
	Items  []licensing.RequestedItem
	Claim  string
	Digest string
	// Answer is the ledger's answer to the claim, if one was made now.
	Answer     *ledger.SessionAnswer
	AnsweredAt time.Time
	// Unwritten tells that what was granted does not stand in the session's status yet.
	Unwritten bool
	// Unavailable is why the ledger could not decide.
	Unavailable error
	Now         time.Time
}

// observe gathers what the claim depends on.
func (r *Reconciler) observe(ctx context.Context, session *v1alpha1.Session) (Observation, error) {
	o := Observation{Session: session, Now: r.Clock.Now()}
	account := kubestore.AccountOfSession(session)
	var err error
	if o.Claim, o.Digest, err = digests(session); err != nil {
		return o, err
	}
	var instance v1alpha1.Instance
	err = r.Client.Get(ctx, client.ObjectKey{Namespace: account.Namespace, Name: account.Name}, &instance)
	if client.IgnoreNotFound(err) != nil {
		return o, err
	}
	if err == nil {
		o.Instance = &instance
	}
	if !o.holdsItsClaim() {
		o.Obstacle, err = r.obstacle(ctx, &o, account)
	}
	return o, client.IgnoreNotFound(err)
}

// obstacle tells what keeps the session from claiming. What it was granted before it keeps.
func (r *Reconciler) obstacle(ctx context.Context, o *Observation, account ledger.AccountID) (*Obstacle, error) {
	if o.Instance == nil && account.Namespace == o.Session.Namespace {
		return &Obstacle{v1alpha1.ReasonInstanceNotFound, fmt.Sprintf("spec.instanceRef: there is no Instance %s", account), true}, nil
	}
	allowed, err := r.allowed(ctx, o.Session.Namespace, o.Instance)
	if err != nil {
		return nil, err
	}
	switch {
	case !allowed:
		// Another namespace is told nothing of the Instance, not even whether there is one.
		return &Obstacle{v1alpha1.ReasonNamespaceNotAllowed,
			fmt.Sprintf("spec.instanceRef: Instance %s does not allow claims from namespace %s; its producer decides in spec.allowedNamespaces", account, o.Session.Namespace), false}, nil
	case o.Instance.Status.Ledger == nil && !apimeta.IsStatusConditionFalse(o.Instance.Status.Conditions, v1alpha1.ConditionLedgerHealthy):
		return &Obstacle{v1alpha1.ReasonPending, fmt.Sprintf("Instance %s has no account yet", account), true}, nil
	}
	if o.Items, err = kubestore.RequestedItems(o.Session.Spec.RequestedItems); err != nil {
		return &Obstacle{v1alpha1.ReasonInvalidSpec, "spec." + err.Error(), false}, nil //nolint:nilerr // the status says so
	}
	if len(o.Items) == 0 || o.Session.Status.State == v1alpha1.SessionActive {
		return nil, nil
	}
	sells, err := r.sells(ctx, account)
	if err == nil && !sells {
		return &Obstacle{v1alpha1.ReasonNoUsableLineItem,
			fmt.Sprintf("Instance %s sells nothing yet: it has no elastic line item whose rate table exists; the claim is made when it has", account), true}, nil
	}
	return nil, err
}

// sells tells whether there is anything that a claim could be decided on. Objects that are applied together come in any
// order, and a claim that came first must not be denied for good because of that.
func (r *Reconciler) sells(ctx context.Context, account ledger.AccountID) (bool, error) {
	namespace, shared := client.InNamespace(account.Namespace), client.UnsafeDisableDeepCopy
	var lineItems v1alpha1.LineItemList
	if err := r.Client.List(ctx, &lineItems, namespace, client.MatchingFields{kubestore.IndexInstance: account.Name}, shared); err != nil {
		return false, err
	}
	var tables v1alpha1.RateTableList
	if err := r.Client.List(ctx, &tables, namespace, shared); err != nil {
		return false, err
	}
	for i := range lineItems.Items {
		if slices.ContainsFunc(tables.Items, func(table v1alpha1.RateTable) bool {
			return kubestore.PricedBy(&lineItems.Items[i], table.Spec.Series)
		}) {
			return true, nil
		}
	}
	return false, nil
}

// allowed tells whether the Instance admits claims from the namespace.
func (r *Reconciler) allowed(ctx context.Context, namespace string, instance *v1alpha1.Instance) (bool, error) {
	switch {
	case instance == nil:
		return false, nil
	case namespace == instance.Namespace:
		return true, nil
	}
	switch instance.Spec.AllowedNamespaces.From {
	case v1alpha1.NamespacesFromAll:
		return true, nil
	case v1alpha1.NamespacesFromSelector:
	case v1alpha1.NamespacesFromSame:
		return false, nil
	default:
		return false, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(instance.Spec.AllowedNamespaces.Selector)
	if err != nil {
		return false, nil //nolint:nilerr // a selector that cannot be read admits nobody; the Instance's own status says so
	}
	object := metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(namespaceKind)
	if err := r.Client.Get(ctx, client.ObjectKey{Name: namespace}, &object); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	return selector.Matches(labels.Set(object.Labels)), nil
}

// digests identify what the spec declares: the items, and the items with the attempt. A heartbeat changes the generation,
// not these.
func digests(session *v1alpha1.Session) (claim, asked string, err error) {
	items, err := json.Marshal(session.Spec.RequestedItems)
	if err != nil {
		return "", "", fmt.Errorf("encode the requested items: %w", err)
	}
	attempt := int64(0)
	if session.Spec.Attempt != nil {
		attempt = *session.Spec.Attempt
	}
	return fingerprint(items), fingerprint(strconv.AppendInt(items, attempt, 10)), nil
}

func fingerprint(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// declaredAccess is the claim that the spec declares, if the ledger has not answered it yet.
func (o *Observation) declaredAccess() (licensing.Access, bool) {
	session := o.Session
	access := licensing.Access{
		Requester:      kubestore.Requester(session.Spec.Requester),
		Items:          o.Items,
		RollbackOnDeny: session.Spec.RollbackOnDeny == nil || *session.Spec.RollbackOnDeny,
		Declared:       licensing.Declaration{Generation: session.Generation, Digest: o.Claim},
	}
	switch {
	case session.Spec.RequestedItems == nil, session.Status.State == v1alpha1.SessionTerminated:
		return access, false
	case o.answered():
		return access, false
	case o.deniedBefore():
		return access, false
	case len(o.Items) == 0 && session.Status.State != v1alpha1.SessionActive:
		return access, false
	}
	return access, true
}

// answered tells whether the spec's claim led to what the session holds.
func (o *Observation) answered() bool {
	claim := o.Session.Status.Claim
	return claim != nil && claim.Digest == o.Claim
}

// holdsItsClaim tells that the session is charged for what its spec wants, or for what calls decide.
func (o *Observation) holdsItsClaim() bool {
	return o.Session.Status.State == v1alpha1.SessionActive && (o.Session.Spec.RequestedItems == nil || o.answered())
}

// excluded tells that the Instance does not admit the session's namespace, which then learns nothing of it.
func (o *Observation) excluded() bool {
	return o.Obstacle != nil && o.Obstacle.Reason == v1alpha1.ReasonNamespaceNotAllowed
}

// deniedBefore tells whether this very claim was denied: a denial is the answer until the spec asks for something else.
func (o *Observation) deniedBefore() bool {
	denied := o.Session.Status.Denied
	return denied != nil && denied.Digest == o.Digest
}
