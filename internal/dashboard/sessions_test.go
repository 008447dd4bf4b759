package dashboard

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// opened are the sessions of an instance, whose producer has decided nothing.
type opened struct {
	client.Reader

	sessions []v1alpha1.Session
}

func (o opened) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	list.(*v1alpha1.SessionList).Items = o.sessions
	return nil
}

func (opened) Get(_ context.Context, key client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
	return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
}

func TestASessionThatHoldsNothingEndsAtTheLimitOfTheSettings(t *testing.T) {
	const limit = 48 * time.Hour
	made := func(name string, change func(*v1alpha1.SessionLedgerStatus)) v1alpha1.Session {
		object := v1alpha1.Session{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, CreationTimestamp: metav1.NewTime(began)}}
		change(&object.Status.SessionLedgerStatus)
		return object
	}
	cached := opened{sessions: []v1alpha1.Session{
		made("asked for nothing", func(*v1alpha1.SessionLedgerStatus) {}),
		made("gave all back", func(s *v1alpha1.SessionLedgerStatus) {
			s.Revision, s.State, s.IdleSince = 2, v1alpha1.SessionIdle, micro(time.Hour)
		}),
		made("holds something", func(s *v1alpha1.SessionLedgerStatus) {
			s.Revision, s.State, s.ChargedUntil = 1, v1alpha1.SessionActive, micro(time.Hour)
		}),
		made("cannot be understood", func(s *v1alpha1.SessionLedgerStatus) {
			s.Revision, s.State, s.IdleSince, s.Totals = 2, v1alpha1.SessionIdle, micro(0), &v1alpha1.SessionTotals{Charged: "much"}
		}),
	}}
	reader := &Reader{Cached: cached, Store: kubestore.New(kubestore.Options{Cached: cached, Defaults: func(string) kubestore.Settings {
		return kubestore.Settings{Terms: licensing.Terms{IdleLimit: limit}}
	}})}
	instance := &v1alpha1.Instance{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "acme"}}
	sessions, _, err := reader.sessions(t.Context(), instance, mostSessions)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]*time.Time{}
	for _, session := range sessions {
		got[session.Name] = session.IdleUntil
	}
	want := map[string]*time.Time{
		"asked for nothing": new(began.Add(limit)), "gave all back": new(began.Add(time.Hour + limit)), "holds something": nil, "cannot be understood": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
