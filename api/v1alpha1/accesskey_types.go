package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AccessKind says what the tokens of a key may do.
// +kubebuilder:validation:Enum=Administration;Client
type AccessKind string

const (
	// AccessAdministration is for the producer's own staff and systems: their
	// tokens may do everything in the namespace.
	AccessAdministration AccessKind = "Administration"
	// AccessClient is for client applications and customers: their tokens may act
	// on the instances that the token names, and on nothing else.
	AccessClient AccessKind = "Client"
)

// AccessKeySpec is the public half of a key that signs tokens of the REST
// interface.
type AccessKeySpec struct {
	// keyID is how a token says which key verifies it: the kid in its claim
	// cnf.jwk. It is unique among the keys of one kind of access in the namespace:
	// of two objects with the same one the older stands. It cannot be changed. At
	// most 128 letters, digits and characters of . _ : -
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._:-]+$')",messageExpression="'keyID ' + self + ' is not possible: only letters, digits and the characters . _ : - are'",message="keyID may have only letters, digits and the characters . _ : -"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'keyID is immutable: this is key ' + oldSelf + '; create another AccessKey for ' + self",message="keyID is immutable: create another AccessKey for another key"
	KeyID string `json:"keyID,omitempty"`

	// access says what tokens of this key may do: Administration (everything in
	// the namespace) or Client (the instances that the token names). It cannot be
	// changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'access is immutable: this key is for ' + oldSelf + '; create another AccessKey for ' + self",message="access is immutable: create another AccessKey for another kind of access"
	Access AccessKind `json:"access,omitempty"`

	// publicKey is the key in PEM: a PUBLIC KEY, an RSA PUBLIC KEY or a
	// CERTIFICATE, of which only the key counts. It is RSA of 2048 to 8192 bits,
	// P-256 or Ed25519. Another key put here replaces the one before at once. At
	// most 8192 characters. The private key stays with whoever makes tokens; it is
	// never stored here.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8192
	// +kubebuilder:validation:XValidation:rule="!self.contains('PRIVATE KEY')",message="publicKey has a PRIVATE KEY in it: never store one here, where everyone who may view the namespace can read it. Make a new key, because this one may have been seen, and give its public half: openssl pkey -in private.pem -pubout"
	// +kubebuilder:validation:XValidation:rule="self.contains('PRIVATE KEY') || (self.contains('-----BEGIN ') && self.contains('-----END '))",message="publicKey is not PEM: give a block from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----"
	PublicKey string `json:"publicKey,omitempty"`
}

// AccessKeyStatus tells what the key is and whether tokens are verified with
// it.
// +kubebuilder:validation:MinProperties=1
type AccessKeyStatus struct {
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

	// algorithm of the key: RSA, P-256 or Ed25519.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Algorithm string `json:"algorithm,omitempty"`

	// signatures are the values of alg that tokens signed by this key may have:
	// RS256 and PS256 for RSA, ES256 for P-256, EdDSA for Ed25519.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=32
	Signatures []string `json:"signatures,omitempty"`

	// fingerprint is "sha256:" and the SHA-256 of the key in hexadecimal, as the
	// command openssl pkey -pubin -outform DER | sha256sum gives it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Fingerprint string `json:"fingerprint,omitempty"`
}

// AccessKey is a public key that verifies tokens of the REST interface. It
// holds nothing secret. Whoever may create one gives away what its access says:
// with Administration everything in the namespace.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=lak,categories=licensing
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether tokens are verified with the key."
// +kubebuilder:printcolumn:name="Key",type=string,JSONPath=`.spec.keyID`,description="The kid of tokens that the key verifies."
// +kubebuilder:printcolumn:name="Access",type=string,JSONPath=`.spec.access`,description="What these tokens may do."
// +kubebuilder:printcolumn:name="Algorithm",type=string,JSONPath=`.status.algorithm`,description="The algorithm of the key."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation."
// +kubebuilder:printcolumn:name="Signatures",type=string,JSONPath=`.status.signatures`,priority=1,description="The alg that tokens may have."
// +kubebuilder:printcolumn:name="Fingerprint",type=string,JSONPath=`.status.fingerprint`,priority=1,description="The SHA-256 of the key."
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="The key's state in words."
type AccessKey struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the key.
	// +required
	Spec AccessKeySpec `json:"spec,omitzero"`

	// status is written by the operator.
	// +optional
	Status AccessKeyStatus `json:"status,omitzero"`
}

// AccessKeyList is a list of access keys.
//
// +kubebuilder:object:root=true
type AccessKeyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []AccessKey `json:"items"`
}
