package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// ensureFinalizer makes sure that the session cannot vanish with a charge on it. Sessions that declare nothing and were
// never charged have none.
func (r *Reconciler) ensureFinalizer(ctx context.Context, session *v1alpha1.Session) error {
	if session.Spec.RequestedItems == nil || controllerutil.ContainsFinalizer(session, v1alpha1.SessionFinalizer) {
		return nil
	}
	// The list is replaced as a whole: the lock keeps another writer's finalizer from being lost.
	before := session.DeepCopy()
	controllerutil.AddFinalizer(session, v1alpha1.SessionFinalizer)
	return r.Client.Patch(ctx, session, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}

// release closes a session that is being deleted, refunds what is unused, and lets it go. It needs the account only: it
// goes on when Instance, line items or the whole namespace are going away too.
func (r *Reconciler) release(ctx context.Context, session *v1alpha1.Session) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(session, v1alpha1.SessionFinalizer) {
		return ctrl.Result{}, nil
	}
	// The time of the request to delete counts, also when nobody was up to see it; it is known to the second.
	deleted := session.DeletionTimestamp.Add(time.Second)
	answer, err := r.Ledger.CloseSession(ctx, kubestore.AccountOfSession(session), kubestore.SessionSubject(session), deleted, ledger.Idempotency{})
	switch {
	case errors.Is(err, ledger.ErrAccountMissing) && !halted(err):
		// No account has ever been opened: nothing was charged.
	case errors.Is(err, ledger.ErrSubjectGone):
		return ctrl.Result{}, nil
	case halted(err):
		// The refund has no account to go to until an administrator decided. Instances say what to do.
		r.Events.Eventf(session, nil, corev1.EventTypeWarning, v1alpha1.ReasonLedgerNotHealthy, "Refund", "the refund waits: %v", err)
		return ctrl.Result{RequeueAfter: haltedRetryAfter}, nil
	case err != nil:
		return ctrl.Result{RequeueAfter: retryAfter}, nil
	}
	if answer.Transaction != nil && answer.Next.Charged > 0 {
		r.Events.Eventf(session, nil, corev1.EventTypeNormal, "Refunded", "Close",
			"closed: %s tokens charged in all, %s refunded", answer.Next.Charged, answer.Next.Refunded)
	}
	before := session.DeepCopy()
	controllerutil.RemoveFinalizer(session, v1alpha1.SessionFinalizer)
	err = r.Client.Patch(ctx, session, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: retryAfter}, nil
	}
	if client.IgnoreNotFound(err) != nil {
		return ctrl.Result{}, fmt.Errorf("remove finalizer: %w", err)
	}
	return ctrl.Result{}, nil
}

func halted(err error) bool {
	var incident *ledger.HaltedError
	return errors.As(err, &incident)
}
