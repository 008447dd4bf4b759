package tenant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

func (c customer) session(t *testing.T) tenant.SessionRef {
	t.Helper()
	id := must[string](t)(c.here.CreateSession(t.Context(), c.instance.ID, noKey))
	return tenant.SessionRef{ID: id, InstanceID: c.instance.ID}
}

// wantWritten waits until the object shows the state.
func (c customer) wantWritten(t *testing.T, name, want string) {
	t.Helper()
	cluster.Eventually(t, "session "+want, func(ctx context.Context) error {
		var session v1alpha1.Session
		err := c.Read(ctx, name, &session)
		if err == nil && string(session.Status.State) != want {
			err = fmt.Errorf("it is %q", session.Status.State)
		}
		return err
	})
}

func granting(rollback bool, photoPrint, cadPrint int64) tenant.AccessRequest {
	return tenant.AccessRequest{Requester: lisa, Items: items(photoPrint, cadPrint), RollbackOnDeny: rollback}
}

func TestASessionIsUsedOnAnotherReplicaAtOnce(t *testing.T) {
	c := selling(t)
	for range 5 {
		ref := c.session(t)
		before := now.Now()
		access := must[tenant.Access](t)(c.there.RequestSessionAccess(t.Context(), ref, granting(true, 10, 2)))
		if diff := cmp.Diff([]string{"Granted 30", "Granted 14"}, tokensOf(access)); diff != "" || !access.Granted {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if due := access.Deadlines.NextCharge.Sub(before); due < 59*time.Minute || due > 61*time.Minute ||
			access.Deadlines.HeartbeatAfter != access.Deadlines.NextCharge || access.Deadlines.HeartbeatBy.Sub(access.Deadlines.HeartbeatAfter) != 30*time.Minute {
			t.Errorf("deadlines %+v", access.Deadlines)
		}
		session := must[tenant.Session](t)(c.here.Session(t.Context(), ref))
		want := tenant.Session{ID: ref.ID, InstanceID: c.instance.ID, State: licensing.Active, ChargedUntil: access.Deadlines.NextCharge, LastAccess: access.Deadlines.NextCharge.Add(-time.Hour), Deadlines: access.Deadlines}
		if diff := cmp.Diff(want, session); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		must[tenant.Deadlines](t)(c.here.Heartbeat(t.Context(), ref))
		noError(t, c.there.CloseSession(t.Context(), ref, noKey))
		if session := must[tenant.Session](t)(c.here.Session(t.Context(), ref)); session.State != licensing.Terminated || session.Deadlines != (tenant.Deadlines{}) {
			t.Errorf("after it was closed: %+v", session)
		}
	}
}

func TestANewSessionHoldsNothing(t *testing.T) {
	c := selling(t)
	ref := c.session(t)
	want := tenant.Session{ID: ref.ID, InstanceID: c.instance.ID, State: licensing.Idle}
	if diff := cmp.Diff(want, must[tenant.Session](t)(c.there.Session(t.Context(), ref))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if id := must[string](t)(c.there.InstanceOfSession(t.Context(), ref.ID)); id != c.instance.ID {
		t.Errorf("on instance %s", id)
	}
	var object v1alpha1.Session
	c.Get(t, ref.ID, &object)
	if object.Spec.SessionID != ref.ID || !slices.Contains(object.Finalizers, v1alpha1.SessionFinalizer) || object.Labels[tenant.OriginLabel] != tenant.OriginREST {
		t.Errorf("object %+v", object)
	}
	deadlines := must[tenant.Deadlines](t)(c.there.Heartbeat(t.Context(), ref))
	if deadlines != (tenant.Deadlines{}) {
		t.Errorf("deadlines %v", deadlines)
	}
	halted := must[tenant.Access](t)(c.there.RequestSessionAccess(t.Context(), ref, granting(true, 0, 0)))
	if !halted.Granted || len(halted.Items) != 0 {
		t.Errorf("halted: %+v", halted)
	}
}

func TestLiveSessionsAreListedNewestFirst(t *testing.T) {
	c := selling(t)
	var want []string
	for range 6 { // in the same second
		want = append([]string{c.session(t).ID}, want...)
	}
	must[tenant.Access](t)(c.there.RequestSessionAccess(t.Context(), tenant.SessionRef{ID: want[1]}, granting(true, 1, 0)))
	noError(t, c.here.CloseSession(t.Context(), tenant.SessionRef{ID: want[3]}, noKey))
	want = slices.Delete(want, 3, 4)
	var got []string
	for _, session := range must[[]tenant.Session](t)(c.there.Sessions(t.Context(), c.instance.ID)) {
		got = append(got, session.ID)
		if active := session.ID == want[1]; active != (session.State == licensing.Active) || session.InstanceID != c.instance.ID {
			t.Errorf("session %+v", session)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnIdempotencyKeyCreatesOneSession(t *testing.T) {
	c := selling(t)
	key := ledger.Idempotency{Key: "key", Digest: "digest"}
	ids := make([]string, 6)
	var calls []func() error
	for i := range ids {
		calls = append(calls, func() (err error) {
			ids[i], err = c.as(i%2, "a").CreateSession(t.Context(), c.instance.ID, key)
			return err
		})
	}
	if diff := cmp.Diff(map[tenant.Reason]int{"": 6}, reasons(atOnce(calls...))); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if slices.Sort(ids); ids[0] != ids[5] {
		t.Errorf("several sessions: %v", ids)
	}
	other := c.creates(t, "Other", "OTHER")
	_, err := c.as(1, "a").CreateSession(t.Context(), other.ID, ledger.Idempotency{Key: "key", Digest: "another"})
	refused(t, err, tenant.IdempotencyKeyReused)
	_, err = c.here.CreateSession(t.Context(), uuid.NewString(), noKey)
	refused(t, err, tenant.InstanceNotFound)
}

func TestADeniedRequestOnASession(t *testing.T) {
	c := selling(t)
	ref := c.session(t)
	must[tenant.Access](t)(c.here.RequestSessionAccess(t.Context(), ref, granting(true, 1, 0)))
	for _, dryRun := range []bool{true, false} {
		request := granting(true, 0, 1000)
		request.DryRun = dryRun
		denied := must[tenant.Access](t)(c.there.RequestSessionAccess(t.Context(), ref, request))
		if diff := cmp.Diff([]string{"InsufficientTokens 0"}, tokensOf(denied)); diff != "" || denied.Granted || denied.Deadlines.NextCharge.IsZero() {
			t.Errorf("dry run %t: %+v (-want +got):\n%s", dryRun, denied, diff)
		}
	}
	c.wantUsed(t, "3")
	request := granting(false, 0, 1000)
	request.DryRun = true
	must[tenant.Access](t)(c.there.RequestSessionAccess(t.Context(), ref, request))
	if session := must[tenant.Session](t)(c.here.Session(t.Context(), ref)); session.State != licensing.Active {
		t.Errorf("a dry run ended the session: %+v", session)
	}
	request.DryRun = false
	if denied := must[tenant.Access](t)(c.there.RequestSessionAccess(t.Context(), ref, request)); denied.Granted || len(denied.Items) != 1 {
		t.Errorf("got %+v", denied)
	}
	for _, dryRun := range []bool{true, false} {
		request := granting(true, 1, 0)
		request.DryRun = dryRun
		_, err := c.here.RequestSessionAccess(t.Context(), ref, request)
		refused(t, err, tenant.SessionTerminated)
		if !strings.Contains(err.Error(), "TERMINATED (DeniedWithoutRollback since ") {
			t.Errorf("said %s", err)
		}
	}
}

func TestASessionThatEndedTakesNoHeartbeatButIsClosedAgain(t *testing.T) {
	c := selling(t)
	ref := c.session(t)
	must[tenant.Access](t)(c.here.RequestSessionAccess(t.Context(), ref, granting(true, 1, 0)))
	key := ledger.Idempotency{Key: "close", Digest: "d"}
	for range 2 {
		noError(t, c.there.CloseSession(t.Context(), ref, key))
	}
	noError(t, c.here.CloseSession(t.Context(), ref, noKey))
	refused(t, c.here.CloseSession(t.Context(), ref, ledger.Idempotency{Key: "close", Digest: "e"}), tenant.IdempotencyKeyReused)
	c.wantWritten(t, ref.ID, "TERMINATED")
	_, err := c.here.Heartbeat(t.Context(), ref)
	refused(t, err, tenant.SessionTerminated)
	if !strings.Contains(err.Error(), "TERMINATED (Closed since ") {
		t.Errorf("said %s", err)
	}
	// A repeat is refused in the very words of the first answer, whichever replica gives it.
	late := granting(true, 1, 0)
	late.Idempotency = ledger.Idempotency{Key: "late", Digest: "d"}
	_, first := c.here.RequestSessionAccess(t.Context(), ref, late)
	refused(t, first, tenant.SessionTerminated)
	for _, replica := range []*tenant.Tenant{c.here, c.there} {
		if _, again := replica.RequestSessionAccess(t.Context(), ref, late); again == nil || again.Error() != first.Error() {
			t.Errorf("first %v, then %v", first, again)
		}
	}
	if got := must[tenant.LineItem](t)(c.here.LineItem(t.Context(), c.instance.ID, "ACT01-Elastic")).Used; got >= licensing.Token/10 {
		t.Errorf("used %s after a refund of nearly all", got)
	}
}

func TestASessionOfAnotherInstanceIsNotFound(t *testing.T) {
	c := selling(t)
	ref := c.session(t)
	other := c.creates(t, "Other", "OTHER")
	stranger := newProducer(t)
	for name, tc := range map[string]struct {
		tenant *tenant.Tenant
		ref    tenant.SessionRef
	}{
		"confined to another instance": {c.here, tenant.SessionRef{ID: ref.ID, InstanceID: other.ID}},
		"confined to what is no id":    {c.here, tenant.SessionRef{ID: ref.ID, InstanceID: "x"}},
		"in another namespace":         {stranger.there, ref},
		"that does not exist":          {c.there, tenant.SessionRef{ID: uuid.NewString()}},
		"that is no id":                {c.there, tenant.SessionRef{ID: "../secrets"}},
		"that is the instance":         {c.there, tenant.SessionRef{ID: c.instance.ID}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tc.tenant.Session(t.Context(), tc.ref)
			refused(t, err, tenant.SessionNotFound)
			_, err = tc.tenant.RequestSessionAccess(t.Context(), tc.ref, granting(true, 1, 0))
			refused(t, err, tenant.SessionNotFound)
			_, err = tc.tenant.Heartbeat(t.Context(), tc.ref)
			refused(t, err, tenant.SessionNotFound)
			refused(t, tc.tenant.CloseSession(t.Context(), tc.ref, noKey), tenant.SessionNotFound)
		})
	}
}

func TestASessionOfKubernetesIsServed(t *testing.T) {
	c := selling(t)
	name := must[string](t)(c.here.InstanceObject(t.Context(), c.instance.ID))
	c.Apply(t, "Session", "declared", `{instanceRef: {name: `+name+`}, requester: {type: user, value: x}, requestedItems: [{item: PhotoPrint, version: "1.0", count: 1}]}`)
	c.Apply(t, "Session", "undeclared", `{instanceRef: {name: `+name+`}}`)
	refs := map[string]tenant.SessionRef{}
	for _, name := range []string{"declared", "undeclared"} {
		var object v1alpha1.Session
		c.Get(t, name, &object)
		refs[name] = tenant.SessionRef{ID: string(object.UID), InstanceID: c.instance.ID}
		cluster.Eventually(t, "the informer to show it", func(ctx context.Context) error { _, err := c.here.Session(ctx, refs[name]); return err })
	}
	_, err := c.here.RequestSessionAccess(t.Context(), refs["declared"], granting(true, 1, 0))
	refused(t, err, tenant.DeclaredElsewhere, fmt.Sprintf("$.requestedItems: what session %s holds is declared in Kubernetes, by the object %s/declared: change its spec.requestedItems instead",
		refs["declared"].ID, c.Namespace))
	noError(t, c.here.CloseSession(t.Context(), refs["declared"], noKey))

	must[tenant.Access](t)(c.here.RequestSessionAccess(t.Context(), refs["undeclared"], granting(true, 1, 0)))
	var object v1alpha1.Session
	c.Get(t, "undeclared", &object)
	if !slices.Contains(object.Finalizers, v1alpha1.SessionFinalizer) {
		t.Errorf("a charged session can vanish: finalizers %v", object.Finalizers)
	}
	c.Delete(t, "undeclared", &v1alpha1.Session{})
	cluster.Eventually(t, "the informer to show that it goes", func(ctx context.Context) error {
		_, err := c.here.RequestSessionAccess(ctx, refs["undeclared"], granting(true, 1, 0))
		if tenant.ReasonOf(err) != tenant.SessionTerminated {
			return fmt.Errorf("got %w", errors.Join(err, errors.New("not refused")))
		}
		return nil
	})
	noError(t, c.here.CloseSession(t.Context(), refs["undeclared"], noKey))
}

func TestAStrangersSessionIsNotTheTenants(t *testing.T) {
	c := selling(t)
	name := must[string](t)(c.here.InstanceObject(t.Context(), c.instance.ID))
	ref := c.session(t)
	stranger := newProducer(t)
	// It takes the id of somebody else's session, which is a name like any other where it is.
	stranger.Apply(t, "Session", ref.ID, `{sessionID: `+ref.ID+`, instanceRef: {name: `+name+`, namespace: `+c.Namespace+`}}`)
	stranger.Apply(t, "Session", "spy", `{instanceRef: {name: `+name+`, namespace: `+c.Namespace+`}}`)
	var spy v1alpha1.Session
	stranger.Get(t, "spy", &spy)
	cluster.Eventually(t, "the informers to show both", func(ctx context.Context) error { return shows(ctx, stranger, spy.Name) })
	_, err := c.here.Session(t.Context(), tenant.SessionRef{ID: string(spy.UID)})
	refused(t, err, tenant.SessionNotFound)
	_, err = stranger.here.Session(t.Context(), tenant.SessionRef{ID: string(spy.UID)})
	refused(t, err, tenant.SessionNotFound)
	must[tenant.Access](t)(c.there.RequestSessionAccess(t.Context(), ref, granting(true, 1, 0)))
	c.wantWritten(t, ref.ID, "ACTIVE")
	if listed := must[[]tenant.Session](t)(c.here.Sessions(t.Context(), c.instance.ID)); len(listed) != 1 || listed[0].ID != ref.ID {
		t.Errorf("listed %v", listed)
	}
}

// shows waits for the administrator's informers, which are about as quick as those of the replicas.
func shows(ctx context.Context, p producer, name string) error {
	time.Sleep(200 * time.Millisecond)
	return p.Read(ctx, name, &v1alpha1.Session{})
}

func TestAStoppedAccountIsUnavailable(t *testing.T) {
	c := selling(t)
	ref := c.session(t)
	must[tenant.Access](t)(c.here.RequestSessionAccess(t.Context(), ref, granting(true, 1, 0)))
	c.wantWritten(t, ref.ID, "ACTIVE")
	name := must[string](t)(c.here.InstanceObject(t.Context(), c.instance.ID))
	noError(t, shared.Accounts.Delete(t.Context(), kubestore.AccountName(c.accountOf(name)), metav1.DeleteOptions{}))
	for what, call := range map[string]func() error{
		"one-off": func() error {
			_, err := c.here.RequestAccess(t.Context(), c.instance.ID, granting(true, 1, 0))
			return err
		},
		"access": func() error {
			_, err := c.here.RequestSessionAccess(t.Context(), ref, granting(true, 2, 0))
			return err
		},
		"close":     func() error { return c.here.CloseSession(t.Context(), ref, noKey) },
		"session":   func() error { _, err := c.here.Session(t.Context(), ref); return err },
		"line item": func() error { _, err := c.here.LineItem(t.Context(), c.instance.ID, "ACT01-Elastic"); return err },
	} {
		t.Run(what, func(t *testing.T) {
			err := call()
			refused(t, err, tenant.Unavailable)
			refusal := (*tenant.Error)(nil)
			errors.As(err, &refusal)
			if !strings.HasPrefix(err.Error(), "charging on the instance is stopped until its producer has decided: the account is missing") || refusal.RetryAfter != 10*time.Second {
				t.Errorf("said %s, again after %s", err, refusal.RetryAfter)
			}
		})
	}
	must[tenant.Deadlines](t)(c.here.Heartbeat(t.Context(), ref))
}

func TestTimePassesForASession(t *testing.T) {
	c := selling(t)
	ref := c.session(t)
	granted := must[tenant.Access](t)(c.here.RequestSessionAccess(t.Context(), ref, granting(true, 1, 0)))
	c.wantWritten(t, ref.ID, "ACTIVE")
	var object v1alpha1.Session
	c.Get(t, ref.ID, &object)
	name := must[string](t)(c.here.InstanceObject(t.Context(), c.instance.ID))
	advance := func() {
		t.Helper()
		_, err := books[0].Advance(t.Context(), ledger.AccountID{Namespace: c.Namespace, Name: name}, kubestore.SessionSubject(&object))
		noError(t, err)
	}
	now.Move(61 * time.Minute)
	advance()
	cluster.Eventually(t, "the charge to be written", func(ctx context.Context) error {
		session, err := c.there.Session(ctx, ref)
		if err == nil && !session.ChargedUntil.Equal(granted.Deadlines.NextCharge.Add(time.Hour)) {
			err = fmt.Errorf("charged until %s", session.ChargedUntil)
		}
		return err
	})
	var waiting tenant.Deadlines
	cluster.Eventually(t, "the object to show it", func(ctx context.Context) error {
		waiting = must[tenant.Session](t)(c.there.Session(ctx, ref)).Deadlines
		return c.Read(ctx, ref.ID, &object)
	})
	if waiting.HeartbeatAfter != granted.Deadlines.NextCharge || waiting.HeartbeatBy.Before(granted.Deadlines.HeartbeatBy) {
		t.Errorf("waiting %+v", waiting)
	}
	c.wantHeartbeatDeadline(t, ref.ID)
	next := must[tenant.Deadlines](t)(c.there.Heartbeat(t.Context(), ref))
	if want := granted.Deadlines.NextCharge.Add(time.Hour); next.NextCharge != want || next.HeartbeatAfter != want {
		t.Errorf("after the heartbeat: %+v", next)
	}
	if session := must[tenant.Session](t)(c.here.Session(t.Context(), ref)); session.LastHeartbeat.IsZero() {
		t.Errorf("session %+v", session)
	}
	now.Move(60 * time.Minute)
	advance()
	cluster.Eventually(t, "the second charge", func(ctx context.Context) error {
		err := c.Read(ctx, ref.ID, &object)
		if err == nil && object.Status.ChargedUntil.Time.Before(granted.Deadlines.NextCharge.Add(2*time.Hour)) {
			err = errors.New("not written")
		}
		return err
	})
	now.Move(30 * time.Minute)
	_, err := c.there.Heartbeat(t.Context(), ref)
	refused(t, err, tenant.SessionTerminated)
	if !strings.Contains(err.Error(), "TERMINATED (HeartbeatMissed)") {
		t.Errorf("said %s", err)
	}
}

// wantHeartbeatDeadline waits until the object shows that a heartbeat is wanted.
func (c customer) wantHeartbeatDeadline(t *testing.T, name string) {
	t.Helper()
	cluster.Eventually(t, "a heartbeat to be wanted", func(ctx context.Context) error {
		var session v1alpha1.Session
		err := c.Read(ctx, name, &session)
		if err == nil && session.Status.HeartbeatDeadline == nil {
			err = errors.New("it is not")
		}
		return err
	})
}
