// Package sessionexpiry does what time brings about: automatic charges at their time, the end of sessions whose heartbeat
// was missed, that cannot pay or were idle too long, and the deletion of ended ones after their retention.
package sessionexpiry

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=sessions,verbs=get;list;watch;delete
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// retryAfter is how soon an event that could not be dealt with is tried again.
const retryAfter = 5 * time.Second

// Outages says when no server was up.
type Outages interface {
	// Known is closed when Outages can be relied on.
	Known() <-chan struct{}
	Outages() []licensing.Outage
}

// Reconciler reconciles one session with the clock. It is safe for concurrent use on different sessions.
type Reconciler struct {
	Client  client.Client
	Ledger  *ledger.Ledger
	Clock   clock.PassiveClock
	Events  events.EventRecorder
	Outages Outages
	// Terms are the terms of the sessions on an account.
	Terms func(ledger.AccountID) licensing.Terms
	// Retention is how long an ended session stays readable.
	Retention     time.Duration
	MaxConcurrent int
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("sessionexpiry").
		For(&v1alpha1.Session{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: r.MaxConcurrent}).
		Complete(r)
}

// Reconcile does what is due and comes back for what is next.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	select {
	case <-r.Outages.Known():
	case <-ctx.Done():
		return ctrl.Result{}, ctx.Err()
	}
	var session v1alpha1.Session
	if err := r.Client.Get(ctx, request.NamespacedName, &session); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !session.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	state, err := kubestore.SessionState(&session)
	if err != nil {
		return ctrl.Result{}, err
	}
	if state.State == licensing.Terminated {
		return r.collect(ctx, &session, state)
	}
	account := kubestore.AccountOfSession(&session)
	due, found := state.NextDue(lastHeartbeat(&session), r.Outages.Outages(), r.Terms(account))
	if !found {
		return ctrl.Result{}, nil
	}
	if wait := due.At.Sub(r.Clock.Now()); wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	return r.advance(ctx, &session, account)
}

func lastHeartbeat(session *v1alpha1.Session) time.Time {
	if beat := session.Status.Heartbeat; beat != nil && beat.Time != nil {
		return beat.Time.UTC()
	}
	return time.Time{}
}

// advance lets the ledger decide on the session as it is stored now, not as the informer last saw it.
func (r *Reconciler) advance(ctx context.Context, session *v1alpha1.Session, account ledger.AccountID) (ctrl.Result, error) {
	answer, err := r.Ledger.Advance(ctx, account, kubestore.SessionSubject(session))
	switch {
	case errors.Is(err, ledger.ErrSubjectGone):
		return ctrl.Result{}, nil
	case err != nil:
		log.FromContext(ctx).Info("Trying again later", "cause", err.Error())
		return ctrl.Result{RequeueAfter: retryAfter}, nil
	}
	if answer.Changed {
		r.report(session, answer)
	}
	// The informer may not show the transaction yet: the next event is computed from the ledger's answer.
	due, found := answer.Next.NextDue(lastHeartbeat(session), r.Outages.Outages(), r.Terms(account))
	if !found {
		return ctrl.Result{RequeueAfter: r.Retention}, nil
	}
	// Without a change there is a heartbeat that the informer does not show yet.
	return ctrl.Result{RequeueAfter: max(due.At.Sub(r.Clock.Now()), minimumWait)}, nil
}

// minimumWait keeps a session whose heartbeat is on its way from being looked at in a tight loop.
const minimumWait = 100 * time.Millisecond

// collect deletes an ended session after its retention.
func (r *Reconciler) collect(ctx context.Context, session *v1alpha1.Session, state licensing.Session) (ctrl.Result, error) {
	if wait := state.TerminatedAt.Add(r.Retention).Sub(r.Clock.Now()); wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	err := r.Client.Delete(ctx, session, client.Preconditions{UID: &session.UID})
	return ctrl.Result{}, client.IgnoreNotFound(err)
}

// report says in an event what happened to the session.
func (r *Reconciler) report(session *v1alpha1.Session, answer ledger.SessionAnswer) {
	kind, reason, message := corev1.EventTypeNormal, string(answer.Cause), ""
	var charged, refunded licensing.Tokens
	for _, entry := range answer.Entries {
		if entry.Kind == licensing.EntryRefund {
			refunded += entry.Tokens
		} else {
			charged += entry.Tokens
		}
	}
	switch answer.Cause { //nolint:exhaustive // the causes of Advance; the others are not its doing
	case licensing.CauseAutomaticCharge:
		message = "charged " + charged.String() + " tokens until " + answer.Next.ChargedUntil.Format(time.RFC3339)
	case licensing.CausePeriodForgiven:
		message = "not charged for a time in which no server was up; charged again at " + answer.Next.ChargedUntil.Format(time.RFC3339)
	case licensing.CauseHeartbeatMissed:
		kind, message = corev1.EventTypeWarning, "ended: no heartbeat came after the last automatic charge, which is refunded: "+refunded.String()+" tokens"
	case licensing.CauseNotAffordable:
		kind, message = corev1.EventTypeWarning, "ended: the automatic charge cannot be paid: "+answer.Message
	case licensing.CauseIdleTooLong:
		kind, message = corev1.EventTypeWarning, "ended: idle for too long"
	}
	r.Events.Eventf(session, nil, kind, reason, "Advance", "%s", message)
}
