package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TenantConfigurationName is the name of the one TenantConfiguration that a
// namespace may have.
const TenantConfigurationName = "default"

// TenantConfigurationSpec is what a producer decides for itself. What is left
// out is as the operator's configuration has it.
// +kubebuilder:validation:MinProperties=1
type TenantConfigurationSpec struct {
	// timezoneTolerant makes line items usable from 12 hours before their start
	// until 12 hours after their end, for customers far from UTC.
	// +optional
	TimezoneTolerant *bool `json:"timezoneTolerant,omitempty"`

	// sessionChargePeriod is how long one charge of a session lasts: whole
	// minutes, 10m to 24h, written as in 1h30m. The heartbeat window is half of
	// it. A change takes effect on a running session from its next charge on.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('10m') && duration(self) <= duration('24h') && duration(self).getSeconds() % 60 == 0",messageExpression="'sessionChargePeriod ' + self + ' is not possible: whole minutes from 10m to 24h are, written as in 1h30m'",message="sessionChargePeriod must be whole minutes from 10m to 24h, written as in 1h30m"
	SessionChargePeriod Duration `json:"sessionChargePeriod,omitempty"`

	// vendorID is the id of the producer in the paths of the v2 REST interface
	// (isv_id), a UUID in lower case. Left out, it is the UID of the namespace. Who
	// has one keeps it: of two namespaces that want the same one, and neither has it
	// yet, the older configuration gets it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`
	VendorID string `json:"vendorID,omitempty"`

	// signingKey names the key that signs the answers of the v2 REST interface,
	// among those in the Secret response-signing-<namespace> of the operator's
	// namespace: letters, digits, dots, dashes and underscores, at most 63. Left
	// out, it is the one that the operator made, key-1.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`
	SigningKey string `json:"signingKey,omitempty"`
}

// TenantConfigurationStatus tells what is in effect in the namespace, whoever
// decided it.
// +kubebuilder:validation:MinProperties=1
type TenantConfigurationStatus struct {
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

	// timezoneTolerant tells whether line items are usable 12 hours before their
	// start and after their end.
	// +optional
	TimezoneTolerant *bool `json:"timezoneTolerant,omitempty"`

	// sessionChargePeriod is how long the next charge of a session lasts.
	// +optional
	SessionChargePeriod Duration `json:"sessionChargePeriod,omitempty"`

	// heartbeatWindow is how long after an automatic charge a heartbeat is
	// awaited: half the charge period.
	// +optional
	HeartbeatWindow Duration `json:"heartbeatWindow,omitempty"`

	// vendorID is the id in use for the producer in the paths of the v2 REST
	// interface.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	VendorID string `json:"vendorID,omitempty"`

	// signingKeys are the keys that answers may be signed with. Clients verify
	// with the public one of the key that is current.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	SigningKeys []SigningKeyStatus `json:"signingKeys,omitempty"`
}

// SigningKeyStatus is the public side of a key that signs answers.
type SigningKeyStatus struct {
	// name of the key.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`

	// current tells whether answers are signed with it now.
	// +optional
	Current *bool `json:"current,omitempty"`

	// publicKey is the public key in PEM; left out for a shared HMAC key, which
	// has no public half.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8192
	PublicKey string `json:"publicKey,omitempty"`

	// problem says why the key cannot be used.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Problem string `json:"problem,omitempty"`
}

// TenantConfiguration is what a producer decides for its namespace. There is
// one at most, and its name is default. Without one, everything is as the
// operator's configuration has it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=ltc,categories=licensing
// +kubebuilder:validation:XValidation:rule="self.metadata.name == 'default'",messageExpression="'a namespace has one TenantConfiguration, whose name is default: ' + self.metadata.name + ' is not possible'",message="a namespace has one TenantConfiguration, whose name is default"
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the spec is in effect."
// +kubebuilder:printcolumn:name="Charge-Period",type=string,JSONPath=`.status.sessionChargePeriod`,description="How long the next charge of a session lasts."
// +kubebuilder:printcolumn:name="Heartbeat-Window",type=string,JSONPath=`.status.heartbeatWindow`,description="How long after an automatic charge a heartbeat is awaited."
// +kubebuilder:printcolumn:name="Timezone-Tolerant",type=boolean,JSONPath=`.status.timezoneTolerant`,description="Whether line items are usable 12 hours before start and after end."
// +kubebuilder:printcolumn:name="Vendor-ID",type=string,JSONPath=`.status.vendorID`,priority=1,description="The id of the producer in the paths of the v2 REST interface."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation."
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="What is in effect, in words."
type TenantConfiguration struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what the producer decides, at least one thing. Left out, the
	// producer decides nothing.
	// +optional
	Spec TenantConfigurationSpec `json:"spec,omitzero"`

	// status is written by the operator.
	// +optional
	Status TenantConfigurationStatus `json:"status,omitzero"`
}

// TenantConfigurationList is a list of tenant configurations.
//
// +kubebuilder:object:root=true
type TenantConfigurationList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []TenantConfiguration `json:"items"`
}
