package tenant

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// maxSessions is how many sessions are listed at most.
const maxSessions = 100

// CreateSession creates a session that holds nothing yet. With a key a repeat gives the session that the first call
// created.
func (t *Tenant) CreateSession(ctx context.Context, instanceID string, key ledger.Idempotency) (string, error) {
	instance, err := t.knownInstance(ctx, instanceID)
	if err != nil {
		return "", err
	}
	id := t.receiptID(sessionKind, key)
	object := &v1alpha1.Session{
		ObjectMeta: t.metadata(id),
		Spec:       v1alpha1.SessionSpec{SessionID: id, InstanceRef: v1alpha1.InstanceReference{Name: instance.Name}},
	}
	// Whatever it is charged, it does not vanish with it.
	object.Finalizers = []string{v1alpha1.SessionFinalizer}
	if err := t.createOnce(ctx, sessionKind, object, key); err != nil {
		return "", t.failed(err, nil)
	}
	return id, nil
}

// Sessions lists the live sessions of an instance, newest first, at most 100.
func (t *Tenant) Sessions(ctx context.Context, instanceID string) ([]Session, error) {
	instance, err := t.findInstance(ctx, instanceID)
	if err != nil {
		return nil, err
	}
	account := t.account(instance.Name)
	views, err := t.Ledger.Sessions(ctx, account)
	if err != nil {
		return nil, t.failed(err, nil)
	}
	views = views[:min(len(views), maxSessions)]
	sessions := make([]Session, len(views))
	for i, view := range views {
		sessions[i] = t.session(account, instanceID, view)
	}
	return sessions, nil
}

// Session is a session as every committed transaction has left it.
func (t *Tenant) Session(ctx context.Context, ref SessionRef) (Session, error) {
	object, instanceID, err := t.findSession(ctx, ref)
	if err != nil {
		return Session{}, err
	}
	account := kubestore.AccountOfSession(object)
	view, err := t.Ledger.Session(ctx, account, kubestore.SessionSubject(object))
	if err != nil {
		return Session{}, t.notCharged(err)
	}
	return t.session(account, instanceID, view), nil
}

// InstanceOfSession is the id of the instance that the session is on.
func (t *Tenant) InstanceOfSession(ctx context.Context, sessionID string) (string, error) {
	_, instanceID, err := t.findSession(ctx, SessionRef{ID: sessionID})
	return instanceID, err
}

func (t *Tenant) session(account ledger.AccountID, instanceID string, view ledger.SessionView) Session {
	return Session{
		ID: view.ID, InstanceID: instanceID, State: view.State.State, ChargedUntil: view.State.ChargedUntil,
		LastHeartbeat: view.LastHeartbeat, LastAccess: view.State.LastAccess,
		Deadlines: t.deadlines(account, view.State, view.LastHeartbeat),
	}
}

// findSession finds the session with the id, and the id of its instance.
func (t *Tenant) findSession(ctx context.Context, ref SessionRef) (*v1alpha1.Session, string, error) {
	notFound := refuse(SessionNotFound, "there is no session %.64q", ref.ID)
	id, valid := canonical(ref.ID)
	if !valid {
		return nil, "", notFound
	}
	object, err := t.sessionObject(ctx, id)
	if err != nil {
		return nil, "", t.failed(err, nil)
	}
	if object == nil {
		return nil, "", notFound
	}
	instanceID, err := t.instanceIDOf(ctx, object)
	if err != nil {
		return nil, "", err
	}
	if wanted, _ := canonical(ref.InstanceID); ref.InstanceID != "" && instanceID != wanted {
		return nil, "", notFound
	}
	return object, instanceID, nil
}

// sessionObject looks in the informers, and then live for one that another replica made a moment ago: those have their id
// as their name. It is nil when there is none.
func (t *Tenant) sessionObject(ctx context.Context, id string) (*v1alpha1.Session, error) {
	var list v1alpha1.SessionList
	if err := t.Cached.List(ctx, &list, client.MatchingFields{kubestore.IndexSessionID: id}); err != nil {
		return nil, err
	}
	var found *v1alpha1.Session
	for _, object := range inOrder(pointers(list.Items)) {
		// A name in another namespace is chosen there: it must not get in the way of the tenant's own session.
		if t.admitted(object) && (found == nil || object.Namespace == t.namespace) {
			found = object
		}
	}
	if found != nil {
		return found, nil
	}
	var object v1alpha1.Session
	err := t.Live.Get(ctx, t.key(id), &object)
	if err != nil || kubestore.SessionID(&object) != id || !t.admitted(&object) {
		return nil, client.IgnoreNotFound(err)
	}
	return &object, nil
}

// admitted tells whether the session is one of the tenant's. One of another namespace may name any Instance: only one that
// was once granted something is known to be admitted to it.
func (t *Tenant) admitted(object *v1alpha1.Session) bool {
	return kubestore.AccountOfSession(object).Namespace == t.namespace && (object.Namespace == t.namespace || object.Status.Revision > 0)
}

// instanceIDOf is what its status remembers where the Instance is gone: its sessions can still be closed.
func (t *Tenant) instanceIDOf(ctx context.Context, session *v1alpha1.Session) (string, error) {
	instance, err := t.instanceNamed(ctx, session.Spec.InstanceRef.Name)
	switch {
	case err != nil:
		return "", t.failed(err, nil)
	case instance == nil:
		return session.Status.InstanceID, nil
	}
	return kubestore.InstanceID(instance), nil
}

// instanceNamed is the Instance object of that name; nil when there is none.
func (t *Tenant) instanceNamed(ctx context.Context, name string) (*v1alpha1.Instance, error) {
	var instance v1alpha1.Instance
	err := t.Cached.Get(ctx, t.key(name), &instance)
	if client.IgnoreNotFound(err) == nil && err != nil {
		err = t.Live.Get(ctx, t.key(name), &instance)
	}
	if err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return &instance, nil
}

// deadlines are what the session has ahead of it.
func (t *Tenant) deadlines(account ledger.AccountID, state licensing.Session, lastHeartbeat time.Time) Deadlines {
	return Deadlines(state.Deadlines(lastHeartbeat, t.Outages(), t.Store.Terms(account)))
}
