package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	// GroupVersion names the group and version of every kind in this package.
	GroupVersion = schema.GroupVersion{Group: "licensing-operator.dev", Version: "v1alpha1"}

	// SchemeGroupVersion is the name that generated code uses for GroupVersion.
	SchemeGroupVersion = GroupVersion

	// SchemeBuilder collects what AddToScheme registers.
	SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

	// AddToScheme registers the kinds of this package with a scheme.
	AddToScheme = SchemeBuilder.AddToScheme
)

// Names on objects that are part of the contract with users and with the other
// components, because they are seen in YAML.
const (
	// SessionFinalizer keeps a Session until its refund is in the ledger. It is
	// the only finalizer of the group: everything else is recounted.
	SessionFinalizer = "licensing-operator.dev/refund"

	// AccountLabel marks the ConfigMaps that hold the ledger. An admission policy
	// keeps everyone but the operator from changing them.
	AccountLabel = "licensing-operator.dev/account"
)

// Resource qualifies an unqualified resource name with the group.
func Resource(resource string) schema.GroupResource {
	return GroupVersion.WithResource(resource).GroupResource()
}

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&RateTable{}, &RateTableList{},
		&Instance{}, &InstanceList{},
		&LineItem{}, &LineItemList{},
		&Session{}, &SessionList{},
		&UserProvisioning{}, &UserProvisioningList{},
		&AccessKey{}, &AccessKeyList{},
		&TenantConfiguration{}, &TenantConfigurationList{},
		&Product{}, &ProductList{},
		&Edition{}, &EditionList{},
		&Activation{}, &ActivationList{},
		&APIKey{}, &APIKeyList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
