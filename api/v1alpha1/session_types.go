package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// SessionSpec is what a client asks for.
// +kubebuilder:validation:XValidation:rule="!has(self.requestedItems) || has(self.requester)",message="requester is required with requestedItems: say on whose behalf they are claimed"
// +kubebuilder:validation:XValidation:rule="has(self.requester) || !has(oldSelf.requester)",message="requester is immutable: it cannot be taken away"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.attempt) || (has(self.attempt) && self.attempt >= oldSelf.attempt)",message="attempt can only be raised: a higher number asks again after a denial"
// +kubebuilder:validation:XValidation:rule="has(self.sessionID) == has(oldSelf.sessionID)",message="sessionID is immutable: it can be given only when the session is created"
type SessionSpec struct {
	// sessionID is the id by which REST clients know the session, a UUID in lower
	// case, which must be the name of the object too: that is how no two sessions of
	// a namespace share one. Sessions made over REST have it. Leave it out to use
	// the UID of the object. The id in use stands in status.sessionID. It can be
	// given only when the session is created.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`
	SessionID string `json:"sessionID,omitempty"`

	// instanceRef names the Instance whose tokens are claimed. It cannot be
	// changed.
	// +required
	InstanceRef InstanceReference `json:"instanceRef,omitzero"`

	// requester says on whose behalf requestedItems are claimed, and is required
	// with them: each REST call names its own. It is copied to the usage records. It
	// cannot be changed.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'requester is immutable: this session is that of ' + oldSelf.type + ' ' + oldSelf.value + '; create another Session for another requester'",message="requester is immutable: create another Session for another requester"
	Requester Requester `json:"requester,omitzero"`

	// requestedItems is the complete list of items wanted, not an addition to what
	// is held: each granted change refunds the rest of the running period and
	// charges a new one for the whole list. All are granted or none. An empty list
	// ([]) halts the session: nothing is held or charged, and it can be resumed.
	// Left out, this object declares nothing, and calls of the REST interface
	// decide. At most 64, each with its own item and version.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self.all(a, self.exists_one(b, a.item == b.item && (has(a.version) ? a.version : '') == (has(b.version) ? b.version : '')))",message="requestedItems must list each item and version once: ask for more with count"
	RequestedItems []RequestedItem `json:"requestedItems,omitzero"` //nolint:kubeapilinter // omitempty would leave out an empty list, which halts the session

	// rollbackOnDeny says what a denied change does to a session that holds items.
	// With true it keeps what it holds and goes on being charged for it. With false
	// it is terminated, and the rest of the running period is refunded. Left out,
	// true.
	// +optional
	RollbackOnDeny *bool `json:"rollbackOnDeny,omitempty"`

	// attempt asks again after a denial, when it is raised: 0 to 2147483647. It has
	// no other meaning: a request that was granted is not repeated. A denied request
	// is not repeated by itself.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=2147483647
	Attempt *int64 `json:"attempt,omitempty"`

	// heartbeatTime is renewed by the holder to show that the session is still in
	// use, RFC 3339 with at most 6 digits of a second, for example
	// 2026-11-21T14:44:12.250000Z. One heartbeat is needed after each automatic
	// charge, before status.heartbeatDeadline. Only that the value changes matters:
	// the heartbeat counts from when the server saw it, whatever time it names.
	// +optional
	HeartbeatTime *Time `json:"heartbeatTime,omitempty"`
}

// InstanceReference names an Instance of any namespace.
// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'instanceRef is immutable: this session is charged on instance ' + oldSelf.name + '; create another Session for another instance'",message="instanceRef is immutable: create another Session for another instance"
type InstanceReference struct {
	// namespace of the Instance, whose allowedNamespaces must permit the namespace
	// of the session. Left out, the namespace of the session. At most 63
	// characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`

	// name of the Instance. At most 63 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`
}

// Requester says on whose behalf tokens are claimed.
type Requester struct {
	// type of the requester, for example user or device. At most 64 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Type string `json:"type,omitempty"`

	// value names the requester, for example LisaBarry. At most 256 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Value string `json:"value,omitempty"`

	// dictionary holds further attributes of the requester, for example a
	// department: at most 32, keys of at most 64 and values of at most 256
	// characters.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.size() >= 1 && k.size() <= 64 && self[k].size() <= 256)",message="dictionary keys must have 1 to 64 characters and values at most 256"
	Dictionary map[string]string `json:"dictionary,omitempty"`
}

// SessionStatus tells what the session holds and what comes next. It has three
// writers, each with fields of its own: what stands from revision to totals is
// written through from the ledger, heartbeat by whoever sees one, and the rest by
// the controller.
// +kubebuilder:validation:MinProperties=1
type SessionStatus struct {
	// conditions are Granted, Ready, Reconciling and Stalled. A workload waits for
	// Granted, which is true when what the spec of observedGeneration asks for is
	// held.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	SessionLedgerStatus `json:",inline"`

	// heartbeat is the last heartbeat seen.
	// +optional
	Heartbeat *Heartbeat `json:"heartbeat,omitempty"`

	// observedGeneration is the generation of the spec that the conditions
	// describe.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// sessionID is the id by which REST clients know the session: that of the spec,
	// or the UID of the object.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	SessionID string `json:"sessionID,omitempty"`

	// instanceID is the id by which REST clients know the instance.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	InstanceID string `json:"instanceID,omitempty"`

	// denied explains the last request if it was denied. It is removed when a
	// request is granted.
	// +optional
	Denied *Denial `json:"denied,omitempty"`
}

// Session is the use of priced items by one client: it is charged in advance for
// each period, kept alive by heartbeats, and refunded for what was not used when
// it is deleted.
//
// A workload creates it with requestedItems, waits for the condition Granted,
// renews spec.heartbeatTime after each automatic charge, and deletes it when done.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=lsess,categories=licensing
// +kubebuilder:selectablefield:JSONPath=`.spec.instanceRef.name`
// +kubebuilder:selectablefield:JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the session is in order."
// +kubebuilder:printcolumn:name="Granted",type=string,JSONPath=`.status.conditions[?(@.type=="Granted")].status`,description="Whether what was asked for is held."
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`,description="IDLE, ACTIVE or TERMINATED."
// +kubebuilder:printcolumn:name="Charged",type=string,JSONPath=`.status.totals.charged`,description="Tokens charged so far, refunds not deducted."
// +kubebuilder:printcolumn:name="Next-Charge",type=string,JSONPath=`.status.nextChargeTime`,description="The time of the next automatic charge."
// +kubebuilder:printcolumn:name="Heartbeat-By",type=string,JSONPath=`.status.heartbeatDeadline`,description="The time by which a heartbeat is needed."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation."
// +kubebuilder:printcolumn:name="Instance",type=string,JSONPath=`.spec.instanceRef.name`,priority=1,description="The instance whose tokens are claimed."
// +kubebuilder:printcolumn:name="Requester",type=string,JSONPath=`.status.requester.value`,priority=1,description="On whose behalf tokens are claimed."
// +kubebuilder:printcolumn:name="Refunded",type=string,JSONPath=`.status.totals.refunded`,priority=1,description="Tokens refunded so far."
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Granted")].reason`,priority=1,description="Why the request is granted or not."
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="The session's state in words."
// +kubebuilder:validation:XValidation:rule="!has(self.spec.sessionID) || self.spec.sessionID == self.metadata.name",messageExpression="'spec.sessionID is ' + self.spec.sessionID + ', the name of the object ' + self.metadata.name + ': they must be the same'",message="spec.sessionID must be the name of the object"
type Session struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what the client asks for.
	// +required
	Spec SessionSpec `json:"spec,omitzero"`

	// status is written by the operator.
	// +optional
	Status SessionStatus `json:"status,omitzero"` //nolint:kubeapilinter // the linter does not look into the inlined ledger part
}

// SessionList is a list of sessions.
//
// +kubebuilder:object:root=true
type SessionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []Session `json:"items"`
}
