package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ProvisioningMode says how clients come to a license.
// +kubebuilder:validation:Enum=Named;Floating
type ProvisioningMode string

const (
	// ProvisioningNamed licenses are for the users or devices that are named.
	ProvisioningNamed ProvisioningMode = "Named"
	// ProvisioningFloating licenses are for so many clients at the same time,
	// whoever they are.
	ProvisioningFloating ProvisioningMode = "Floating"
)

// ClientType says what a client of a license is.
// +kubebuilder:validation:Enum=Devices;Users
type ClientType string

const (
	// ClientDevices are devices and servers.
	ClientDevices ClientType = "Devices"
	// ClientUsers are people.
	ClientUsers ClientType = "Users"
)

// ActivationOnCreation says as which client a license is activated when it is
// made.
// +kubebuilder:validation:Enum=TokenKey;CustomerNumber;None
type ActivationOnCreation string

const (
	// ActivateWithTokenKey makes the id of the license its first client.
	ActivateWithTokenKey ActivationOnCreation = "TokenKey"
	// ActivateWithCustomerNumber makes the accountID of the Instance its first
	// client.
	ActivateWithCustomerNumber ActivationOnCreation = "CustomerNumber"
	// ActivateNone leaves it to clients to activate.
	ActivateNone ActivationOnCreation = "None"
)

// EditionSpec is what all licenses made from an edition have in common.
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.editionID) || (has(self.editionID) && self.editionID == oldSelf.editionID)",message="editionID is immutable once set: clients know the edition by it"
// +kubebuilder:validation:XValidation:rule="has(self.floating) == (self.provisioningMode == 'Floating')",message="floating is required when provisioningMode is Floating, and must be left out when it is Named"
type EditionSpec struct {
	// editionID is the id by which REST clients know the edition (template_id), a
	// UUID in lower case. Leave it out to use the UID of the object; the id in use
	// stands in status.editionID. It cannot be changed once set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`
	EditionID string `json:"editionID,omitempty"`

	// productRef names the Product, in the same namespace. It cannot be changed.
	// +required
	ProductRef ProductReference `json:"productRef,omitzero"`

	// displayName is the name of the edition for people. At most 256 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	DisplayName string `json:"displayName,omitempty"`

	// provisioningMode is Named (for the users or devices that are named) or
	// Floating (for so many at the same time). It cannot be changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'provisioningMode is immutable: this edition is ' + oldSelf + '; create another Edition for ' + self",message="provisioningMode is immutable: create another Edition"
	ProvisioningMode ProvisioningMode `json:"provisioningMode,omitempty"`

	// clientType is Devices or Users. It cannot be changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'clientType is immutable: this edition is for ' + oldSelf + '; create another Edition for ' + self",message="clientType is immutable: create another Edition"
	ClientType ClientType `json:"clientType,omitempty"`

	// activationOnCreation is the client that a license is activated for from the
	// beginning: TokenKey (the id of the license), CustomerNumber (the accountID
	// of the Instance) or None. Left out, it is None.
	// +optional
	ActivationOnCreation ActivationOnCreation `json:"activationOnCreation,omitempty"`

	// tokenLimit is the number of clients that may be activated, for a license
	// that does not say otherwise: 0 to 1000000. Left out, there is no limit.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	TokenLimit *int32 `json:"tokenLimit,omitempty"`

	// userLimit is the number of named users that may be active at the same time,
	// for a license that does not say otherwise: 0 to 1000000. Left out, there is
	// no limit.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	UserLimit *int32 `json:"userLimit,omitempty"`

	// floating says how many clients may work at the same time. Required when
	// provisioningMode is Floating, left out otherwise.
	// +optional
	Floating *FloatingTerms `json:"floating,omitempty"`

	// limitations value the limited features of the product, at most 64.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	Limitations []EditionLimitation `json:"limitations,omitempty"` //nolint:kubeapilinter // the linter does not see the required fields of what is inlined
}

// ProductReference names a Product of the same namespace.
// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'productRef is immutable: this edition is of product ' + oldSelf.name + '; create another Edition'",message="productRef is immutable: create another Edition"
type ProductReference struct {
	// name of the Product. At most 253 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// FloatingTerms are those of floating licenses.
type FloatingTerms struct {
	// limit is the number of sessions that may be open at the same time, for a
	// license that does not say otherwise: 0 to 4000.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4000
	Limit *int32 `json:"limit,omitempty"`

	// enforce says whether sessions beyond limit are refused. With false they are
	// counted and allowed, up to 4000. Left out, they are refused.
	// +optional
	Enforce *bool `json:"enforce,omitempty"`

	// sessionPeriodMinutes is how long a session stays open unless it is renewed:
	// 1 to 525600. Left out, it is 60.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=525600
	SessionPeriodMinutes int32 `json:"sessionPeriodMinutes,omitempty"`

	// sessionsPerClient is how many of the sessions one client may have: 1 to
	// 4000. Left out, there is no such limit.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4000
	SessionsPerClient int32 `json:"sessionsPerClient,omitempty"`
}

// EditionLimitation values a limited feature for all licenses of an edition.
type EditionLimitation struct {
	Limitation `json:",inline"`

	// adjustable says whether a line item may have another limit or another reset.
	// Left out, it may not.
	// +optional
	Adjustable *bool `json:"adjustable,omitempty"`
}

// EditionStatus tells how clients know the edition, and who uses it.
// +kubebuilder:validation:MinProperties=1
type EditionStatus struct {
	// conditions are Ready, Reconciling and Stalled.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec that this status
	// describes.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// editionID is the id in use for the edition.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	EditionID string `json:"editionID,omitempty"`

	// licenseCount is the number of line items made from the edition.
	// +optional
	// +kubebuilder:validation:Minimum=0
	LicenseCount *int32 `json:"licenseCount,omitempty"`
}

// Edition is a template of licenses: what the line items that refer to it have
// in common. A change of it changes them all.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=led,categories=licensing
// +kubebuilder:selectablefield:JSONPath=`.spec.productRef.name`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the edition is in order."
// +kubebuilder:printcolumn:name="Edition",type=string,JSONPath=`.spec.displayName`,description="The name of the edition."
// +kubebuilder:printcolumn:name="Product",type=string,JSONPath=`.spec.productRef.name`,description="The product it is an edition of."
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.spec.provisioningMode`,description="Named or Floating."
// +kubebuilder:printcolumn:name="Clients",type=string,JSONPath=`.spec.clientType`,description="Devices or Users."
// +kubebuilder:printcolumn:name="Licenses",type=integer,JSONPath=`.status.licenseCount`,description="Line items made from it."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation."
// +kubebuilder:printcolumn:name="ID",type=string,JSONPath=`.status.editionID`,priority=1,description="The id by which REST clients know the edition."
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="The edition's state in words."
// +kubebuilder:validation:XValidation:rule="!has(self.spec.editionID) || has(oldSelf.spec.editionID) || !has(oldSelf.status) || !has(oldSelf.status.editionID) || self.spec.editionID == oldSelf.status.editionID",messageExpression="'spec.editionID must be ' + oldSelf.status.editionID + ', the id in use: clients know the edition by it'",message="spec.editionID must be the id in use: clients know the edition by it"
type Edition struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the edition.
	// +required
	Spec EditionSpec `json:"spec,omitzero"`

	// status is written by the operator.
	// +optional
	Status EditionStatus `json:"status,omitzero"`
}

// EditionList is a list of editions.
//
// +kubebuilder:object:root=true
type EditionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []Edition `json:"items"`
}
