package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// APIKeyType says what callers with the key may do.
// +kubebuilder:validation:Enum=Provisioning;Admin
type APIKeyType string

const (
	// ProvisioningAPIKey is for embedding in software: its callers provision and
	// revoke, and manage neither users nor licenses.
	ProvisioningAPIKey APIKeyType = "Provisioning"
	// AdminAPIKey is for the producer's back office: its callers may do everything.
	AdminAPIKey APIKeyType = "Admin"
)

// APIKeySpec is a key of the v2 REST interface, without its secret.
type APIKeySpec struct {
	// type is Provisioning (for embedding in software; sent in the header
	// ProvisioningKey) or Admin (for the back office; sent in the header AdminKey).
	// It cannot be changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'type is immutable: this key is for ' + oldSelf + '; create another APIKey for ' + self",message="type is immutable: create another APIKey"
	Type APIKeyType `json:"type,omitempty"`

	// digest is "sha256:" and the SHA-256 of the key in lower-case hexadecimal, as
	// printf %s "$KEY" | sha256sum gives it. The key itself is never stored. Make
	// keys that cannot be guessed: openssl rand -hex 32. Another digest put here
	// replaces the key at once.
	// +required
	// +kubebuilder:validation:MinLength=71
	// +kubebuilder:validation:MaxLength=71
	// +kubebuilder:validation:XValidation:rule="self.matches('^sha256:[0-9a-f]{64}$')",message="digest must be sha256: and 64 lower-case hexadecimal digits, made with: printf %s \"$KEY\" | sha256sum"
	Digest string `json:"digest,omitempty"`

	// products are the names or ids of the products that the key is for, at most
	// 64. Left out, it is for all. Admin keys are for all products.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	Products []string `json:"products,omitempty"`

	// disabled switches the key off: its callers are answered 401. Left out, it is
	// on.
	// +optional
	Disabled *bool `json:"disabled,omitempty"`
}

// APIKeyStatus tells whether the key is accepted.
// +kubebuilder:validation:MinProperties=1
type APIKeyStatus struct {
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
}

// APIKey is a key of the v2 REST interface. It holds a digest and nothing
// secret. Whoever may create one gives away what its type says.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,path=apikeys,shortName=lapi,categories=licensing
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the key counts, as its spec says."
// +kubebuilder:printcolumn:name="Type",type=string,JSONPath=`.spec.type`,description="What callers with the key may do."
// +kubebuilder:printcolumn:name="Disabled",type=boolean,JSONPath=`.spec.disabled`,description="Whether the key is switched off."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation."
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="The key's state in words."
type APIKey struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the key.
	// +required
	Spec APIKeySpec `json:"spec,omitzero"`

	// status is written by the operator.
	// +optional
	Status APIKeyStatus `json:"status,omitzero"`
}

// APIKeyList is a list of API keys.
//
// +kubebuilder:object:root=true
type APIKeyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []APIKey `json:"items"`
}
