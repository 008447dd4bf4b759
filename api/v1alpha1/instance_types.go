package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// InstanceSpec says whose line items and sessions the instance holds, and which
// namespaces may use them.
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.instanceID) || (has(self.instanceID) && self.instanceID == oldSelf.instanceID)",message="instanceID is immutable once set: clients know the instance by it"
type InstanceSpec struct {
	// instanceID is the id by which REST clients know the instance, a UUID in
	// lower case. Leave it out to use the UID of the object; give it to keep the
	// clients working when a cluster is rebuilt from Git. The id in use stands in
	// status.instanceID. It cannot be changed once set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`
	InstanceID string `json:"instanceID,omitempty"`

	// accountID names the customer account that the instance serves. An account
	// may have several instances. At most 256 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	AccountID string `json:"accountID,omitempty"`

	// shortName is a name for people, for example acme-def-inst. At most 256
	// characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	ShortName string `json:"shortName,omitempty"`

	// default says whether new line items of the account belong here unless
	// another instance is named. Left out, the oldest instance of the account is
	// the default one; what is in effect stands in status.default.
	// +optional
	Default *bool `json:"default,omitempty"`

	// allowedNamespaces says from which namespaces sessions may claim tokens of
	// this instance. Left out, from the namespace of the instance only.
	// +optional
	AllowedNamespaces AllowedNamespaces `json:"allowedNamespaces,omitzero"`

	// accessConditions tell requesters apart. The accessActions of the line items
	// refer to them. At most 64.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	AccessConditions []AccessCondition `json:"accessConditions,omitempty"`
}

// NamespacesFrom says how namespaces are chosen.
// +kubebuilder:validation:Enum=Same;All;Selector
type NamespacesFrom string

const (
	// NamespacesFromSame allows the namespace of the instance only.
	NamespacesFromSame NamespacesFrom = "Same"
	// NamespacesFromAll allows every namespace of the cluster.
	NamespacesFromAll NamespacesFrom = "All"
	// NamespacesFromSelector allows the namespaces whose labels match the
	// selector, and the namespace of the instance.
	NamespacesFromSelector NamespacesFrom = "Selector"
)

// AllowedNamespaces chooses namespaces.
// +kubebuilder:validation:XValidation:rule="has(self.selector) == (self.from == 'Selector')",messageExpression="self.from == 'Selector' ? 'selector is required when from is Selector' : 'selector must be left out when from is ' + self.from + ': it is used only with from Selector'",message="selector is required when from is Selector, and must be left out otherwise"
type AllowedNamespaces struct {
	// from is Same (the namespace of the instance), All (every namespace) or
	// Selector (those whose labels match selector, and the instance's own).
	// +required
	From NamespacesFrom `json:"from,omitempty"`

	// selector matches the labels of the namespaces allowed. Required when from
	// is Selector, left out otherwise. An empty selector matches every namespace.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// InstanceStatus is a summary of the line items and sessions of an instance,
// refreshed at most about once a second. The ledger holds the exact figures.
// +kubebuilder:validation:MinProperties=1
type InstanceStatus struct {
	// conditions are Ready, Reconciling, Stalled, LedgerHealthy and, where usage records
	// are kept, UsageRecorded.
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

	// instanceID is the id by which REST clients know the instance.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	InstanceID string `json:"instanceID,omitempty"`

	// customerID is the id by which REST clients know the customer, whom all
	// instances of the account belong to.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	CustomerID string `json:"customerID,omitempty"`

	// default tells whether this is the default instance of its account.
	// +optional
	Default *bool `json:"default,omitempty"`

	// tokens sums up the line items that can be charged now.
	// +optional
	Tokens *InstanceTokens `json:"tokens,omitempty"`

	// lineItems is the number of line items of the instance, in any state.
	// +optional
	// +kubebuilder:validation:Minimum=0
	LineItems *int32 `json:"lineItems,omitempty"`

	// liveSessions counts the sessions that have not ended. An instance with
	// live sessions cannot be deleted.
	// +optional
	LiveSessions *LiveSessions `json:"liveSessions,omitempty"`

	// ledger tells what was last seen of the account, the record of every
	// balance of this instance.
	// +optional
	Ledger *LedgerStatus `json:"ledger,omitempty"`
}

// InstanceTokens sums up line items.
type InstanceTokens struct {
	// entitled is the sum of the quantities bought, in tokens, without
	// overdrafts.
	// +optional
	Entitled Decimal `json:"entitled,omitempty"`

	// used is the number of tokens charged and not refunded.
	// +optional
	Used Decimal `json:"used,omitempty"`

	// available is the number of tokens that can still be charged, overdrafts
	// included. Left out when unlimited is true.
	// +optional
	Available Decimal `json:"available,omitempty"`

	// unlimited is true when a line item with unlimited overdraft can be charged.
	// +optional
	Unlimited *bool `json:"unlimited,omitempty"`
}

// LiveSessions counts sessions by state.
type LiveSessions struct {
	// active is the number of sessions that are being charged.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Active *int32 `json:"active,omitempty"`

	// idle is the number of sessions that hold nothing at the moment.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Idle *int32 `json:"idle,omitempty"`
}

// LedgerStatus tells what was last seen of an account. It is what shows that an
// account was lost or restored from an old backup.
type LedgerStatus struct {
	// account is the name of the ConfigMap that holds the account, in the
	// namespace of the operator.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Account string `json:"account,omitempty"`

	// sequence is the number of commits made to the account so far. It never
	// goes back.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Sequence *int64 `json:"sequence,omitempty"`

	// hash is the fingerprint of the last commit seen. Each commit holds that of
	// the one before, so that a change made by hand shows.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Hash string `json:"hash,omitempty"`

	// lastCommitTime is the time of the last commit seen.
	// +optional
	LastCommitTime *metav1.MicroTime `json:"lastCommitTime,omitempty"`
}

// Instance holds the line items and sessions of one customer account: what can
// be charged together.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=linst,categories=licensing
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether sessions can be served."
// +kubebuilder:printcolumn:name="Account",type=string,JSONPath=`.spec.accountID`,description="The customer account served."
// +kubebuilder:printcolumn:name="Available",type=string,JSONPath=`.status.tokens.available`,description="Tokens that can still be charged."
// +kubebuilder:printcolumn:name="Used",type=string,JSONPath=`.status.tokens.used`,description="Tokens charged and not refunded."
// +kubebuilder:printcolumn:name="Active",type=integer,JSONPath=`.status.liveSessions.active`,description="Sessions being charged."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation."
// +kubebuilder:printcolumn:name="Entitled",type=string,JSONPath=`.status.tokens.entitled`,priority=1,description="Tokens bought."
// +kubebuilder:printcolumn:name="Unlimited",type=boolean,JSONPath=`.status.tokens.unlimited`,priority=1,description="Whether overdraft is unlimited."
// +kubebuilder:printcolumn:name="Idle",type=integer,JSONPath=`.status.liveSessions.idle`,priority=1,description="Sessions holding nothing at the moment."
// +kubebuilder:printcolumn:name="Default",type=boolean,JSONPath=`.status.default`,priority=1,description="Whether this is the default instance of its account."
// +kubebuilder:printcolumn:name="Ledger",type=string,JSONPath=`.status.conditions[?(@.type=="LedgerHealthy")].reason`,priority=1,description="The state of the account."
// +kubebuilder:printcolumn:name="ID",type=string,JSONPath=`.status.instanceID`,priority=1,description="The id by which REST clients know the instance."
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="The instance's state in words."
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 63",message="metadata.name of an Instance must have at most 63 characters: the account and metrics are named after it"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.instanceID) || has(oldSelf.spec.instanceID) || !has(oldSelf.status) || !has(oldSelf.status.instanceID) || self.spec.instanceID == oldSelf.status.instanceID",messageExpression="'spec.instanceID must be ' + oldSelf.status.instanceID + ', the id in use: clients know the instance by it'",message="spec.instanceID must be the id in use: clients know the instance by it"
type Instance struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata. The name has at most 63
	// characters. The account is named after namespace and name, so that an
	// instance deleted by mistake and created again finds its balances.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec says whose instance this is and who may use it.
	// +required
	Spec InstanceSpec `json:"spec,omitzero"`

	// status is written by the operator.
	// +optional
	Status InstanceStatus `json:"status,omitzero"`
}

// InstanceList is a list of instances.
//
// +kubebuilder:object:root=true
type InstanceList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []Instance `json:"items"`
}
