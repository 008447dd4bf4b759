// Package session claims for Session objects what their spec requests, takes the heartbeats of their holders and gives
// back what is unused when they are deleted.
package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/metrics"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=sessions,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=sessions/status,verbs=get;patch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=sessions/finalizers,verbs=update
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=instances;lineitems;ratetables,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

const (
	// retryAfter is how soon a claim that could not be decided is tried again.
	retryAfter = 2 * time.Second
	// haltedRetryAfter is how soon an account on which charging has stopped is looked at again.
	haltedRetryAfter = 10 * time.Second
	// writeThroughPatience is how long the status of a claim is waited for, so that who waits for Granted finds it there.
	writeThroughPatience = 3 * time.Second
)

// Reconciler reconciles Sessions. It is safe for concurrent use on different sessions.
type Reconciler struct {
	Client client.Client
	Ledger *ledger.Ledger
	Clock  clock.PassiveClock
	Events events.EventRecorder
	// MaxConcurrent is how many sessions are worked on at once: more callers, larger commits.
	MaxConcurrent int
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("session").
		For(&v1alpha1.Session{}).
		Watches(&v1alpha1.Instance{}, handler.EnqueueRequestsFromMapFunc(r.waitingFor), builder.WithPredicates(becameUsable())).
		Watches(&v1alpha1.LineItem{}, handler.EnqueueRequestsFromMapFunc(r.waitingForLineItem), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.RateTable{}, handler.EnqueueRequestsFromMapFunc(r.waitingForRateTable), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.waitingIn), builder.OnlyMetadata,
			builder.WithPredicates(predicate.LabelChangedPredicate{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: r.MaxConcurrent}).
		Complete(r)
}

// Reconcile brings one session to what its spec says.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var session v1alpha1.Session
	if err := r.Client.Get(ctx, request.NamespacedName, &session); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !session.DeletionTimestamp.IsZero() {
		return r.release(ctx, &session)
	}
	observation, err := r.observe(ctx, &session)
	if err != nil {
		return ctrl.Result{}, err
	}
	// A session that runs is kept alive by its holder also when nothing new may be claimed.
	r.heartbeat(ctx, &observation)
	if observation.Obstacle == nil {
		if err := r.ensureFinalizer(ctx, &session); err != nil {
			return ctrl.Result{}, client.IgnoreNotFound(err)
		}
		r.claim(ctx, &observation)
	}
	if observation.Unwritten {
		// Writing through is an event that brings the session back here.
		return ctrl.Result{RequeueAfter: retryAfter}, nil
	}
	desired := Status(observation)
	// A denial is in the answer alone. Without one, an informer that does not show yet what was written after the answer
	// would take the denial back.
	writer := r.writer()
	writer.IfUnchanged = observation.Answer == nil
	changed, err := writer.Write(ctx, &session, session.Status, desired)
	if err != nil {
		return ctrl.Result{}, err
	}
	if changed {
		r.report(&session, desired)
		if denied := desired.Denied; denied != nil && (session.Status.Denied == nil || session.Status.Denied.Digest != denied.Digest) {
			metrics.Denied("Session", denied.Reason)
		}
	}
	switch {
	case halted(observation.Unavailable):
		return ctrl.Result{RequeueAfter: haltedRetryAfter}, nil
	case observation.Unavailable != nil:
		return ctrl.Result{RequeueAfter: retryAfter}, nil
	}
	return ctrl.Result{}, nil
}

func (r *Reconciler) writer() status.Writer {
	return status.Writer{
		Client: r.Client, Owner: "licensing-operator-session",
		Fields: []string{"observedGeneration", "sessionID", "instanceID", "denied", "conditions"},
	}
}

// heartbeat takes the holder's renewal. One that cannot be recorded now is taken again.
func (r *Reconciler) heartbeat(ctx context.Context, o *Observation) {
	if !kubestore.Renewed(o.Session) {
		return
	}
	_, err := r.Ledger.Heartbeat(ctx, kubestore.SessionSubject(o.Session))
	if err != nil && !errors.Is(err, ledger.ErrSubjectGone) {
		o.Unavailable = fmt.Errorf("record heartbeat: %w", err)
	}
}

// claim asks the ledger for what the spec declares, once for each declaration.
func (r *Reconciler) claim(ctx context.Context, o *Observation) {
	access, wanted := o.declaredAccess()
	if !wanted {
		return
	}
	account, subject := kubestore.AccountOfSession(o.Session), kubestore.SessionSubject(o.Session)
	answer, err := r.Ledger.Access(ctx, account, subject, access, ledger.Idempotency{})
	if err != nil {
		o.Unavailable = err
		return
	}
	o.Answer, o.AnsweredAt = &answer, r.Clock.Now()
	// Who waits for Granted finds there what was granted: also what another replica committed, and left for this one to
	// write through. A refusal is in the answer alone.
	if answer.Verdict != licensing.Denied {
		o.Unwritten = !await(ctx, answer.Written) && answer.Next.Revision > o.Session.Status.Revision
	}
}

// await tells whether the answer was written through in time.
func await(ctx context.Context, written <-chan struct{}) bool {
	if written == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, writeThroughPatience)
	defer cancel()
	select {
	case <-written:
		return true
	case <-ctx.Done():
		return false
	}
}

// report says in an event what became of the claim, at transitions only.
func (r *Reconciler) report(session *v1alpha1.Session, desired v1alpha1.SessionStatus) {
	before, after := find(session.Status.Conditions, v1alpha1.ConditionGranted), find(desired.Conditions, v1alpha1.ConditionGranted)
	if after == nil || (before != nil && before.Status == after.Status && before.Reason == after.Reason) {
		return
	}
	kind := corev1.EventTypeNormal
	if after.Status == metav1.ConditionFalse && desired.Denied != nil {
		kind = corev1.EventTypeWarning
	}
	r.Events.Eventf(session, nil, kind, after.Reason, "Claim", "%s", after.Message)
}
