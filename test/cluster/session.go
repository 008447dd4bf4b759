package cluster

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// Claim applies a session that wants the items, which are a YAML list, or changes what it wants. Further lines of the
// spec may follow.
func (p Producer) Claim(t testing.TB, name, items string, further ...string) {
	t.Helper()
	spec := "instanceRef: {name: " + InstanceName + "}\nrequester: {type: user, value: LisaBarry}\nrequestedItems: " + items
	for _, line := range further {
		spec += "\n" + line
	}
	p.Apply(t, "Session", name, spec)
}

// Condition is what a condition says, as "True Granted: message".
func Condition(conditions []metav1.Condition, conditionType string) string {
	found := apimeta.FindStatusCondition(conditions, conditionType)
	if found == nil {
		return "not there"
	}
	return fmt.Sprintf("%s %s: %s", found.Status, found.Reason, found.Message)
}

// Session waits until the session, and what its conditions say of its latest spec, are as the check wants them.
func (p Producer) Session(t testing.TB, name string, check func(*v1alpha1.Session) error) *v1alpha1.Session {
	t.Helper()
	session := &v1alpha1.Session{}
	var last error
	Eventually(t, "session "+name, func(ctx context.Context) error {
		*session = v1alpha1.Session{}
		if err := p.Read(ctx, name, session); err != nil {
			return errors.Join(last, err) // what it was like before it was deleted
		}
		switch {
		case session.Status.ObservedGeneration == session.Generation:
			last = check(session)
		case session.DeletionTimestamp.IsZero() || last == nil:
			last = fmt.Errorf("generation %d is not observed", session.Generation)
		}
		return last
	})
	return session
}

// Granted waits until the session holds what its spec wants.
func (p Producer) Granted(t testing.TB, name string) *v1alpha1.Session {
	t.Helper()
	return p.Session(t, name, Says(v1alpha1.ConditionGranted, "True Granted: all requested items are charged"))
}

// Says is a check that a condition of the session says something, exactly.
func Says(conditionType, want string) func(*v1alpha1.Session) error {
	return func(session *v1alpha1.Session) error {
		if got := Condition(session.Status.Conditions, conditionType); got != want {
			return fmt.Errorf("%s is %q, want %q", conditionType, got, want)
		}
		return nil
	}
}

// Is is a check that the session is in a state.
func Is(state v1alpha1.SessionState) func(*v1alpha1.Session) error {
	return func(session *v1alpha1.Session) error {
		if session.Status.State != state {
			return fmt.Errorf("state %q, want %q; %s", session.Status.State, state, Condition(session.Status.Conditions, v1alpha1.ConditionReady))
		}
		return nil
	}
}

// All is a check that all the checks pass.
func All(checks ...func(*v1alpha1.Session) error) func(*v1alpha1.Session) error {
	return func(session *v1alpha1.Session) error {
		var errs []error
		for _, check := range checks {
			errs = append(errs, check(session))
		}
		return errors.Join(errs...)
	}
}

// Gone waits until an object is gone, whatever kept it.
func (p Producer) Gone(t testing.TB, name string, object client.Object) {
	t.Helper()
	Eventually(t, name+" to be gone", func(ctx context.Context) error {
		err := p.Read(ctx, name, object)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return errors.Join(fmt.Errorf("it is there, with finalizers %v", object.GetFinalizers()), err)
	})
}

// Renew sends a heartbeat, as the holder of the session does.
func (p Producer) Renew(ctx context.Context, name string, at time.Time) error {
	session := &v1alpha1.Session{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: name}}
	patch := fmt.Sprintf(`{"spec":{"heartbeatTime":%q}}`, at.UTC().Format(metav1.RFC3339Micro))
	return p.Client.Patch(ctx, session, client.RawPatch(types.MergePatchType, []byte(patch)))
}

// Hold renews a session like a holder that beats far more often than it has to, until it lets go or the test ends.
func (p Producer) Hold(t testing.TB, name string) (letGo func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	letGo = func() { cancel(); <-done }
	t.Cleanup(letGo)
	go func() {
		defer close(done)
		ticker := time.NewTicker(300 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				_ = p.Renew(ctx, name, now) // a beat may fail: there is another one soon
			case <-ctx.Done():
				return
			}
		}
	}()
	return letGo
}
