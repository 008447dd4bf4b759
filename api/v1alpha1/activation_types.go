package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ActivationSpec says which client a license is activated for.
type ActivationSpec struct {
	// lineItemRef names the LineItem that holds the license, in the same
	// namespace. It cannot be changed.
	// +required
	LineItemRef LineItemReference `json:"lineItemRef,omitzero"`

	// clientID is how the client calls itself, for example the id of a device. It
	// is unique among the licenses of one product: of two objects for the same
	// client the older one stands. It cannot be changed. At most 256 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'clientID is immutable: this object is client ' + oldSelf + '; create another Activation for ' + self",message="clientID is immutable: create another Activation for another client"
	ClientID string `json:"clientID,omitempty"`

	// clientName is the name of the client for people. At most 256 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	ClientName string `json:"clientName,omitempty"`

	// clientDescription says more for people. At most 1024 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	ClientDescription string `json:"clientDescription,omitempty"`

	// softwareVersion is the version of the software that the client last said. At
	// most 128 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	SoftwareVersion string `json:"softwareVersion,omitempty"`
}

// ActivationStatus tells whether the client has a token of the license. It has
// two writers: revision, tokenKey and since are written through from the
// ledger, the rest by the controller.
// +kubebuilder:validation:MinProperties=1
type ActivationStatus struct {
	// conditions are Ready, Reconciling and Stalled.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// revision counts the transactions of the ledger on this client.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Revision int64 `json:"revision,omitempty"`

	// tokenKey is the id of the token that the client has of the license; by it a
	// client gives the token back. Left out, it has none.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TokenKey string `json:"tokenKey,omitempty"`

	// since is the moment from which the client has the token.
	// +optional
	Since *metav1.MicroTime `json:"since,omitempty"`

	// observedGeneration is the generation of the spec that the conditions
	// describe.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
}

// Activation is a client, a device for example, that a license is activated
// for. Deleting it frees its token.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=lac,categories=licensing
// +kubebuilder:selectablefield:JSONPath=`.spec.lineItemRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.clientID`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the client has a token."
// +kubebuilder:printcolumn:name="License",type=string,JSONPath=`.spec.lineItemRef.name`,description="The line item that holds the license."
// +kubebuilder:printcolumn:name="Client",type=string,JSONPath=`.spec.clientID`,description="The id of the client."
// +kubebuilder:printcolumn:name="Since",type=date,JSONPath=`.status.since`,description="Time since the token was given."
// +kubebuilder:printcolumn:name="Token",type=string,JSONPath=`.status.tokenKey`,priority=1,description="The id of the token."
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="The client's state in words."
type Activation struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec says which client.
	// +required
	Spec ActivationSpec `json:"spec,omitzero"`

	// status is written by the operator.
	// +optional
	Status ActivationStatus `json:"status,omitzero"`
}

// ActivationList is a list of activations.
//
// +kubebuilder:object:root=true
type ActivationList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []Activation `json:"items"`
}
