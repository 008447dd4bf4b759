package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// UserProvisioningSpec describes a named user of a license.
type UserProvisioningSpec struct {
	// lineItemRef names the LineItem that holds the license, in the same
	// namespace. It cannot be changed.
	// +required
	LineItemRef LineItemReference `json:"lineItemRef,omitzero"`

	// userID identifies the user, for example by email address, and is compared
	// exactly: upper and lower case differ, nothing is trimmed. It is unique in a
	// license: of two objects for the same user the older one stands. It cannot
	// be changed. At most 256 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'userID is immutable: this object is user ' + oldSelf + '; create another UserProvisioning for ' + self",message="userID is immutable: create another UserProvisioning for another user"
	UserID string `json:"userID,omitempty"`

	// name of the user for people. At most 256 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`

	// userGroupID is the id of the user's group among the userGroups of the line
	// item. Left out, the user belongs to none.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	UserGroupID string `json:"userGroupID,omitempty"`

	// active says whether the user may use the license. Active users count against
	// the line item's userLimit. An inactive user keeps the units held, and gets
	// no new ones.
	// +required
	Active *bool `json:"active,omitempty"`

	// limitations are the ids of the limitations of which the user is to hold a
	// unit, at most 64. Taking one from the list revokes it. Units that the user
	// got by a REST call are not listed here and not touched.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=128
	Limitations []string `json:"limitations,omitempty"`
}

// LineItemReference names a LineItem of the same namespace.
// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'lineItemRef is immutable: this user belongs to the license of line item ' + oldSelf.name + '; create another UserProvisioning for another license'",message="lineItemRef is immutable: create another UserProvisioning for another license"
type LineItemReference struct {
	// name of the LineItem, in the same namespace. At most 253 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// HoldingOrigin says how a user came to hold a unit.
// +kubebuilder:validation:Enum=Spec;Call
type HoldingOrigin string

const (
	// HoldingOriginSpec is a unit that the spec lists; it is revoked when the
	// spec no longer does.
	HoldingOriginSpec HoldingOrigin = "Spec"
	// HoldingOriginCall is a unit that a REST call provisioned, or that was taken
	// along with the tokens of an item; it is revoked by a call, or with the user.
	HoldingOriginCall HoldingOrigin = "Call"
)

// UserProvisioningStatus tells what the user holds. It has two writers:
// revision, seat and holdings are written through from the ledger, the rest by
// the controller.
// +kubebuilder:validation:MinProperties=1
type UserProvisioningStatus struct {
	// conditions are Ready, Reconciling, Stalled, Active and Provisioned.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// revision counts the transactions of the ledger on this user. It orders what
	// is written through: an older result never replaces a newer one.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Revision int64 `json:"revision,omitempty"`

	// seat is the user's place among the active users. Left out, the user is not
	// active.
	// +optional
	Seat *Seat `json:"seat,omitempty"`

	// holdings are the units that the user holds, at most one per limitation.
	// +optional
	// +listType=map
	// +listMapKey=limitationID
	// +kubebuilder:validation:MaxItems=64
	Holdings []Holding `json:"holdings,omitempty"`

	// observedGeneration is the generation of the spec that the conditions
	// describe.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// licenseID is the id by which REST clients know the license.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	LicenseID string `json:"licenseID,omitempty"`

	// granted names the limitations that the user holds a unit of.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Granted string `json:"granted,omitempty"`

	// refused names the limitations that the spec lists and the user does not get.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Refused string `json:"refused,omitempty"`

	// denied are the limitations that the spec lists and the user does not get.
	// +optional
	// +listType=map
	// +listMapKey=limitationID
	// +kubebuilder:validation:MaxItems=64
	Denied []DeniedLimitation `json:"denied,omitempty"`
}

// Seat is a user's place among the active users of a license.
type Seat struct {
	// transactionID is the id under which the seat was given.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TransactionID string `json:"transactionID,omitempty"`

	// since is the moment from which the user has the seat.
	// +optional
	Since *metav1.MicroTime `json:"since,omitempty"`

	// userGroupID is the group in whose limit the seat is counted.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	UserGroupID string `json:"userGroupID,omitempty"`
}

// Holding is a unit of a limitation that a user holds.
type Holding struct {
	// limitationID is the id of the limitation.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	LimitationID string `json:"limitationID,omitempty"`

	// transactionID is the id of the provisioning, by which a REST client revokes
	// it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TransactionID string `json:"transactionID,omitempty"`

	// since is the moment from which the user holds the unit.
	// +optional
	Since *metav1.MicroTime `json:"since,omitempty"`

	// clientID is the client that asked for it, in a REST call.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	ClientID string `json:"clientID,omitempty"`

	// externalID is what the client calls it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	ExternalID string `json:"externalID,omitempty"`

	// origin is Spec (this object lists the limitation) or Call (a REST call
	// provisioned it).
	// +required
	Origin HoldingOrigin `json:"origin,omitempty"`
}

// DeniedLimitation tells why a user does not get a unit.
type DeniedLimitation struct {
	// limitationID is the id of the limitation.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	LimitationID string `json:"limitationID,omitempty"`

	// reason is a word for machines, for example LimitReached or
	// UnknownLimitation.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Reason string `json:"reason,omitempty"`

	// message says what was asked, what the limit is and what is available.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`

	// since is the moment from which it has been denied for this reason.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`
}

// UserProvisioning is a named user of a license, with the limited features that
// the user is to hold. Deleting it frees them.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=lup,categories=licensing
// +kubebuilder:selectablefield:JSONPath=`.spec.lineItemRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.userID`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the user is active as wished and holds all that is listed."
// +kubebuilder:printcolumn:name="License",type=string,JSONPath=`.spec.lineItemRef.name`,description="The line item that holds the license."
// +kubebuilder:printcolumn:name="User",type=string,JSONPath=`.spec.userID`,description="The id of the user."
// +kubebuilder:printcolumn:name="Active",type=string,JSONPath=`.status.conditions[?(@.type=="Active")].status`,description="Whether the user may use the license."
// +kubebuilder:printcolumn:name="Granted",type=string,JSONPath=`.status.granted`,description="The limitations that the user holds."
// +kubebuilder:printcolumn:name="Refused",type=string,JSONPath=`.status.refused`,description="The limitations that are listed and not held."
// +kubebuilder:printcolumn:name="Provisioned",type=string,JSONPath=`.status.conditions[?(@.type=="Provisioned")].reason`,priority=1,description="Whether the user holds all that is listed, and why not."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation."
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="The user's state in words."
type UserProvisioning struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec describes the user.
	// +required
	Spec UserProvisioningSpec `json:"spec,omitzero"`

	// status is written by the operator.
	// +optional
	Status UserProvisioningStatus `json:"status,omitzero"`
}

// UserProvisioningList is a list of named users.
//
// +kubebuilder:object:root=true
type UserProvisioningList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []UserProvisioning `json:"items"`
}
