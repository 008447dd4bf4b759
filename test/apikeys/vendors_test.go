package apikeys

import (
	"testing"
	"time"

	"github.com/google/uuid"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

func configure(t *testing.T, namespace string, spec v1alpha1.TenantConfigurationSpec) *v1alpha1.TenantConfiguration {
	t.Helper()
	configuration := &v1alpha1.TenantConfiguration{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: v1alpha1.TenantConfigurationName}, Spec: spec,
	}
	if err := admin.Create(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
	return configuration
}

// vendor is where an id leads.
func vendor(t *testing.T, id string) func() string {
	return func() string {
		namespace, err := store.Vendor(t.Context(), id, "")
		if err != nil {
			return err.Error()
		}
		return namespace
	}
}

// known is the id in the status, and what Ready says.
func known(t *testing.T, configuration *v1alpha1.TenantConfiguration) func() string {
	return func() string {
		if err := admin.Get(t.Context(), client.ObjectKeyFromObject(configuration), configuration); err != nil {
			return err.Error()
		}
		return configuration.Status.VendorID + " " + condition(configuration.Status.Conditions, v1alpha1.ConditionReady)
	}
}

func TestAProducerIsKnownByItsID(t *testing.T) {
	t.Parallel()
	namespace, id := newNamespace(t, "vendor"), uuid.NewString()
	uid := string(namespace.UID)
	eventually(t, "the UID", namespace.Name, vendor(t, uid))
	if found, err := store.Vendor(t.Context(), uid, namespace.Name); found != namespace.Name || err != nil {
		t.Errorf("with its own namespace as a hint: %q, %v", found, err)
	}
	if found, err := store.Vendor(t.Context(), uid, "default"); found != "" || err != nil {
		t.Errorf("with another namespace as a hint: %q, %v", found, err)
	}

	configuration := configure(t, namespace.Name, v1alpha1.TenantConfigurationSpec{TimezoneTolerant: new(true)})
	eventually(t, "status", uid+" True Reconciled", known(t, configuration))
	change(t, configuration, func(c *v1alpha1.TenantConfiguration) { c.Spec.VendorID = id })
	eventually(t, "status", id+" True Reconciled", known(t, configuration))
	eventually(t, "the id", namespace.Name, vendor(t, id))
	eventually(t, "the UID of a producer with an id", "", vendor(t, uid))
	if err := admin.Delete(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the UID, again", namespace.Name, vendor(t, uid))
	eventually(t, "an id that was given up", "", vendor(t, id))
}

func TestWhoHasAnIDKeepsIt(t *testing.T) {
	t.Parallel()
	first, second, id := newNamespace(t, "vendor"), newNamespace(t, "vendor"), uuid.NewString()
	older := configure(t, second.Name, v1alpha1.TenantConfigurationSpec{TimezoneTolerant: new(true)})
	time.Sleep(1100 * time.Millisecond)
	younger := configure(t, first.Name, v1alpha1.TenantConfigurationSpec{VendorID: id})
	eventually(t, "who comes first", id+" True Reconciled", known(t, younger))
	change(t, older, func(c *v1alpha1.TenantConfiguration) { c.Spec.VendorID = id })
	eventually(t, "who comes later", string(second.UID)+" False DuplicateID", known(t, older))
	eventually(t, "the id", first.Name, vendor(t, id))
	eventually(t, "the UID of whoever did not get it", second.Name, vendor(t, string(second.UID)))

	change(t, older, func(c *v1alpha1.TenantConfiguration) { c.Spec.VendorID = string(first.UID) })
	eventually(t, "who wants another's UID", string(second.UID)+" False DuplicateID", known(t, older))
	eventually(t, "a UID that another wants, too", "", vendor(t, string(first.UID)))

	change(t, older, func(c *v1alpha1.TenantConfiguration) { c.Spec.VendorID = id })
	change(t, younger, func(c *v1alpha1.TenantConfiguration) { c.Spec.VendorID = uuid.NewString() })
	eventually(t, "when it was given up", id+" True Reconciled", known(t, older))
	eventually(t, "the id", second.Name, vendor(t, id))
}

func TestAnIDThatTheInformersHaveNotHeardOfIsFound(t *testing.T) {
	t.Parallel()
	namespace, id := newNamespace(t, "vendor"), uuid.NewString()
	configure(t, namespace.Name, v1alpha1.TenantConfigurationSpec{VendorID: id})
	if found, err := newStore(deaf{}).Vendor(t.Context(), id, ""); found != namespace.Name || err != nil {
		t.Errorf("%q, %v", found, err)
	}
	other := newNamespace(t, "vendor")
	if found, err := newStore(deaf{}).Vendor(t.Context(), string(other.UID), ""); found != other.Name || err != nil {
		t.Errorf("by its UID: %q, %v", found, err)
	}
}
