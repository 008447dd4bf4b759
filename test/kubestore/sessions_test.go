package kubestore

import (
	"testing"
	"time"

	"github.com/google/uuid"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

func TestTheIDOfASpecIsTheSessions(t *testing.T) {
	h := harness{shared}
	id := h.CreateInstance(t)
	name := uuid.NewString()
	session := &v1alpha1.Session{
		ObjectMeta: metav1.ObjectMeta{Namespace: id.Namespace, Name: name},
		Spec:       v1alpha1.SessionSpec{SessionID: name, InstanceRef: v1alpha1.InstanceReference{Name: id.Name}},
	}
	must(t, h.Client.Create(t.Context(), session))
	sighting, err := h.Cluster.Store.Read(t.Context(), kubestore.SessionSubject(session))
	must(t, err)
	if sighting.ID != name || name == string(session.UID) {
		t.Errorf("the session %s with UID %s has id %s", name, session.UID, sighting.ID)
	}
}

func TestSessionsOfOtherNamespacesAreListedToo(t *testing.T) {
	h := harness{shared}
	id, namesake := h.CreateInstance(t), h.CreateInstance(t)
	elsewhere := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "customer-"}}
	must(t, h.Client.Create(t.Context(), elsewhere))
	own := h.CreateSession(t, id)
	session := func(instance ledger.AccountID) ledger.Subject {
		session := &v1alpha1.Session{
			ObjectMeta: metav1.ObjectMeta{Namespace: elsewhere.Name, Name: uuid.NewString()},
			Spec:       v1alpha1.SessionSpec{InstanceRef: v1alpha1.InstanceReference{Namespace: instance.Namespace, Name: instance.Name}},
		}
		must(t, h.Client.Create(t.Context(), session))
		return kubestore.SessionSubject(session)
	}
	guest, stranger := session(id), session(namesake)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		sessions, err := h.Cluster.Store.Sessions(t.Context(), id)
		must(t, err)
		_, listsOwn := sessions[own]
		_, listsGuest := sessions[guest]
		_, listsStranger := sessions[stranger]
		if !listsOwn || listsStranger || len(sessions) > 2 {
			t.Fatalf("listed %v", sessions)
		}
		if listsGuest {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the session of the other namespace is not listed: %v", sessions)
		}
	}
}
