package kubestore

import (
	"testing"

	"github.com/google/uuid"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// harness does to the API server what users and the other parts of the operator do.
type harness struct{ *cluster.Cluster }

func (h harness) Store() ledger.Store { return h.Cluster.Store }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// CreateInstance makes a namespace of its own for it.
func (h harness) CreateInstance(t testing.TB) ledger.AccountID {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "producer-"}}
	must(t, h.Client.Create(t.Context(), namespace))
	instance := &v1alpha1.Instance{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace.Name, Name: "instance"},
		Spec: v1alpha1.InstanceSpec{
			AccountID: "ACME", ShortName: "acme", AllowedNamespaces: v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromSame},
		},
	}
	must(t, h.Client.Create(t.Context(), instance))
	return ledger.AccountID{Namespace: instance.Namespace, Name: instance.Name}
}

func (h harness) SetAnchor(t testing.TB, id ledger.AccountID, anchor ledger.Anchor) {
	t.Helper()
	var instance v1alpha1.Instance
	must(t, h.Client.Get(t.Context(), client.ObjectKey{Namespace: id.Namespace, Name: id.Name}, &instance))
	instance.Annotations = map[string]string{kubestore.AcceptLedgerAnnotation: anchor.Accepted}
	must(t, h.Client.Update(t.Context(), &instance))
	instance.Status.Ledger = &v1alpha1.LedgerStatus{Account: kubestore.AccountName(id), Sequence: &anchor.Sequence, Hash: anchor.Hash}
	must(t, h.Client.Status().Update(t.Context(), &instance))
}

func (h harness) TamperAccount(t testing.TB, id ledger.AccountID, part string, edit func(string) string) {
	t.Helper()
	object, err := h.Accounts.Get(t.Context(), kubestore.AccountName(id), metav1.GetOptions{})
	must(t, err)
	object.Data[part] = edit(object.Data[part])
	_, err = h.Accounts.Update(t.Context(), object, metav1.UpdateOptions{})
	must(t, err)
}

func (h harness) DeleteAccount(t testing.TB, id ledger.AccountID) {
	t.Helper()
	must(t, h.Accounts.Delete(t.Context(), kubestore.AccountName(id), metav1.DeleteOptions{}))
}

// TamperReceiptPage puts another page in the place of one that cannot be changed.
func (h harness) TamperReceiptPage(t testing.TB, id ledger.AccountID, hash string, edit func(string) string) {
	t.Helper()
	text, err := h.Cluster.Store.LoadReceiptPage(t.Context(), id, hash)
	must(t, err)
	h.DeleteReceiptPage(t, id, hash)
	must(t, h.Cluster.Store.CreateReceiptPage(t.Context(), id, &ledger.ReceiptPage{Hash: hash}, edit(text)))
}

func (h harness) DeleteReceiptPage(t testing.TB, id ledger.AccountID, hash string) {
	t.Helper()
	must(t, h.Accounts.Delete(t.Context(), kubestore.PageName(id, hash), metav1.DeleteOptions{}))
}

func (h harness) CreateSession(t testing.TB, id ledger.AccountID) ledger.Subject {
	t.Helper()
	return h.session(t, id, uuid.NewString())
}

func (h harness) session(t testing.TB, id ledger.AccountID, name string) ledger.Subject {
	t.Helper()
	session := &v1alpha1.Session{
		ObjectMeta: metav1.ObjectMeta{Namespace: id.Namespace, Name: name},
		Spec: v1alpha1.SessionSpec{
			InstanceRef: v1alpha1.InstanceReference{Name: id.Name}, Requester: v1alpha1.Requester{Type: "user", Value: "LisaBarry"},
		},
	}
	must(t, h.Client.Create(t.Context(), session))
	return kubestore.SessionSubject(session)
}

func (h harness) CreateUser(t testing.TB, id ledger.AccountID, activationID, userID string) ledger.Subject {
	t.Helper()
	h.lineItem(t, id, activationID)
	return h.user(t, id.Namespace, activationID, userID)
}

func (h harness) CreateActivation(t testing.TB, id ledger.AccountID, activationID, clientID string) ledger.Subject {
	t.Helper()
	h.lineItem(t, id, activationID)
	return h.activation(t, id.Namespace, activationID, clientID)
}

// lineItem makes the line item unless it is there.
func (h harness) lineItem(t testing.TB, id ledger.AccountID, activationID string) {
	t.Helper()
	elastic, start := false, metav1.Now()
	lineItem := &v1alpha1.LineItem{
		ObjectMeta: metav1.ObjectMeta{Namespace: id.Namespace, Name: activationID},
		Spec: v1alpha1.LineItemSpec{
			InstanceRef: v1alpha1.LocalInstanceReference{Name: id.Name}, ActivationID: activationID, State: v1alpha1.LineItemDeployed,
			Quantity: 1, Start: v1alpha1.NewTime(start.Time), End: v1alpha1.NewTime(start.AddDate(1, 0, 0)), Elastic: &elastic, Product: "product",
		},
	}
	if err := h.Client.Create(t.Context(), lineItem); !apierrors.IsAlreadyExists(err) {
		must(t, err)
	}
}

func (h harness) activation(t testing.TB, namespace, lineItem, clientID string) ledger.Subject {
	t.Helper()
	activation := &v1alpha1.Activation{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: clientID},
		Spec:       v1alpha1.ActivationSpec{LineItemRef: v1alpha1.LineItemReference{Name: lineItem}, ClientID: clientID},
	}
	must(t, h.Client.Create(t.Context(), activation))
	return kubestore.ActivationSubject(activation)
}

func (h harness) user(t testing.TB, namespace, lineItem, userID string) ledger.Subject {
	t.Helper()
	active := true
	user := &v1alpha1.UserProvisioning{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: userID},
		Spec: v1alpha1.UserProvisioningSpec{
			LineItemRef: v1alpha1.LineItemReference{Name: lineItem}, UserID: userID, Active: &active,
		},
	}
	must(t, h.Client.Create(t.Context(), user))
	return kubestore.UserSubject(user)
}

func (h harness) Recreate(t testing.TB, subject ledger.Subject) ledger.Subject {
	t.Helper()
	key := client.ObjectKey{Namespace: subject.Namespace, Name: subject.Name}
	if subject.Kind == ledger.UserSubject {
		var user v1alpha1.UserProvisioning
		must(t, h.Client.Get(t.Context(), key, &user))
		h.Delete(t, subject)
		return h.user(t, subject.Namespace, user.Spec.LineItemRef.Name, user.Spec.UserID)
	}
	if subject.Kind == ledger.ActivationSubject {
		var activation v1alpha1.Activation
		must(t, h.Client.Get(t.Context(), key, &activation))
		h.Delete(t, subject)
		return h.activation(t, subject.Namespace, activation.Spec.LineItemRef.Name, activation.Spec.ClientID)
	}
	h.Delete(t, subject)
	return h.session(t, ledger.AccountID{Namespace: subject.Namespace, Name: "instance"}, subject.Name)
}

func (h harness) Delete(t testing.TB, subject ledger.Subject) {
	t.Helper()
	objects := map[ledger.SubjectKind]client.Object{
		ledger.SessionSubject: &v1alpha1.Session{}, ledger.UserSubject: &v1alpha1.UserProvisioning{}, ledger.ActivationSubject: &v1alpha1.Activation{},
	}
	object := objects[subject.Kind]
	object.SetNamespace(subject.Namespace)
	object.SetName(subject.Name)
	must(t, h.Client.Delete(t.Context(), object))
}

// Renew names another time each time, which is all that counts.
func (h harness) Renew(t testing.TB, session ledger.Subject) {
	t.Helper()
	var object v1alpha1.Session
	must(t, h.Client.Get(t.Context(), client.ObjectKey{Namespace: session.Namespace, Name: session.Name}, &object))
	renewed := v1alpha1.NewTime(object.CreationTimestamp.Time)
	if before := object.Spec.HeartbeatTime; before != nil {
		renewed = v1alpha1.NewTime(before.Add(1e9))
	}
	object.Spec.HeartbeatTime = &renewed
	must(t, h.Client.Update(t.Context(), &object))
}
