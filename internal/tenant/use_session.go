package tenant

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// RequestSessionAccess asks for the complete list of items that a session shall use, all or none.
func (t *Tenant) RequestSessionAccess(ctx context.Context, ref SessionRef, request AccessRequest) (Access, error) {
	if err := request.validate(); err != nil {
		return Access{}, err
	}
	object, _, err := t.findSession(ctx, ref)
	if err != nil {
		return Access{}, err
	}
	if err := t.mayUse(ctx, object); err != nil {
		return Access{}, err
	}
	answer, err := t.decide(ctx, object, request)
	if err != nil {
		return Access{}, t.notCharged(err)
	}
	if answer.Verdict == licensing.Denied && answer.Next.State == licensing.Terminated && len(answer.Items) == 0 {
		return Access{}, terminated(answer.Next)
	}
	return Access{
		CorrelationID: answer.CorrelationID, Granted: answer.Verdict != licensing.Denied, Items: answer.Items,
		Deadlines: t.deadlines(kubestore.AccountOfSession(object), answer.Next, lastHeartbeat(object)),
	}, nil
}

func (t *Tenant) decide(ctx context.Context, object *v1alpha1.Session, request AccessRequest) (ledger.SessionAnswer, error) {
	account, subject := kubestore.AccountOfSession(object), kubestore.SessionSubject(object)
	access := licensing.Access{Requester: request.Requester, Items: request.Items, RollbackOnDeny: request.RollbackOnDeny}
	if request.DryRun {
		return t.Ledger.PreviewAccess(ctx, account, subject, access)
	}
	if err := t.keep(ctx, object); err != nil {
		return ledger.SessionAnswer{}, err
	}
	return t.Ledger.Access(ctx, account, subject, access, request.Idempotency)
}

// mayUse tells whether calls decide what the session holds.
func (t *Tenant) mayUse(ctx context.Context, object *v1alpha1.Session) error {
	id := kubestore.SessionID(object)
	if object.Spec.RequestedItems != nil {
		return refuse(DeclaredElsewhere, "$.requestedItems: what session %s holds is declared in Kubernetes, by the object %s/%s: change its spec.requestedItems instead",
			id, object.Namespace, object.Name)
	}
	if !object.DeletionTimestamp.IsZero() {
		return refuse(SessionTerminated, "session %s is TERMINATED: it is being deleted; create a new session", id)
	}
	instance, err := t.instanceNamed(ctx, object.Spec.InstanceRef.Name)
	if err != nil {
		return t.failed(err, nil)
	}
	if instance == nil {
		return refuse(InstanceNotFound, "the instance of session %s is gone: it can only be closed", id)
	}
	return nil
}

// keep makes sure that the session cannot vanish with a charge on it. One that was made over REST has its finalizer from
// the beginning.
func (t *Tenant) keep(ctx context.Context, object *v1alpha1.Session) error {
	if controllerutil.ContainsFinalizer(object, v1alpha1.SessionFinalizer) {
		return nil
	}
	uid := object.UID
	return t.again(ctx, nil, func() error {
		var current v1alpha1.Session
		if err := t.Live.Get(ctx, client.ObjectKeyFromObject(object), &current); err != nil {
			return gone(err)
		}
		before := current.DeepCopy()
		if current.UID != uid || !current.DeletionTimestamp.IsZero() {
			return refuse(SessionNotFound, "the session is gone")
		}
		if !controllerutil.AddFinalizer(&current, v1alpha1.SessionFinalizer) {
			return nil
		}
		return t.Live.Patch(ctx, &current, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}), declaration.FieldManager)
	})
}

// Heartbeat takes a heartbeat, and tells when the next one is wanted.
func (t *Tenant) Heartbeat(ctx context.Context, ref SessionRef) (Deadlines, error) {
	object, _, err := t.findSession(ctx, ref)
	if err != nil {
		return Deadlines{}, err
	}
	answer, err := t.Ledger.Heartbeat(ctx, kubestore.SessionSubject(object))
	if err != nil {
		return Deadlines{}, t.notCharged(err)
	}
	state := answer.Session.State
	switch answer.Heartbeat {
	case licensing.HeartbeatTerminated:
		return Deadlines{}, terminated(state)
	case licensing.HeartbeatTooLate:
		return Deadlines{}, refuse(SessionTerminated, "the session is TERMINATED (%s): no heartbeat came until %s; create a new session",
			licensing.HeartbeatMissed, state.HeartbeatDeadline.Format(time.RFC3339Nano))
	case licensing.HeartbeatRecord, licensing.HeartbeatUnneeded:
	}
	return t.deadlines(kubestore.AccountOfSession(object), state, answer.Session.LastHeartbeat), nil
}

// CloseSession ends a session with a refund of what is unused. Closing again changes nothing.
func (t *Tenant) CloseSession(ctx context.Context, ref SessionRef, key ledger.Idempotency) error {
	object, _, err := t.findSession(ctx, ref)
	if err != nil {
		return err
	}
	answer, err := t.Ledger.CloseSession(ctx, kubestore.AccountOfSession(object), kubestore.SessionSubject(object), time.Time{}, key)
	if err != nil {
		return t.notCharged(err)
	}
	t.shown(ctx, answer)
	return nil
}

// shownPatience is how long an end waits to be seen; it is decided whether it is seen in time or not.
const shownPatience = time.Second

// shown waits until the object says that the session has ended: a heartbeat looks nowhere else, on any replica.
func (t *Tenant) shown(ctx context.Context, answer ledger.SessionAnswer) {
	if answer.Written == nil {
		return
	}
	select {
	case <-answer.Written:
	case <-ctx.Done():
	case <-t.Clock.After(shownPatience):
	}
}

func terminated(state licensing.Session) error {
	return refuse(SessionTerminated, "the session is TERMINATED (%s since %s) and accepts no request: create a new session",
		state.TerminatedReason, state.TerminatedAt.Format(time.RFC3339Nano))
}

func lastHeartbeat(object *v1alpha1.Session) time.Time {
	if beat := object.Status.Heartbeat; beat != nil && beat.Time != nil {
		return beat.Time.UTC()
	}
	return time.Time{}
}

func gone(err error) error {
	if client.IgnoreNotFound(err) == nil && err != nil {
		return &Error{Reason: SessionNotFound, Problems: []string{"the session is gone"}, cause: err}
	}
	return err
}
