package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// LineItemSpec is what was bought.
// +kubebuilder:validation:XValidation:rule="has(self.quantity) || has(self.product) || has(self.editionRef)",message="quantity is required: only a license, with product or editionRef, may be without tokens"
// +kubebuilder:validation:XValidation:rule="!(has(self.product) && has(self.editionRef))",message="product must be left out where editionRef is given: the edition says which product it is"
// +kubebuilder:validation:XValidation:rule="self.start < self.end",message="start must be before end: a line item is valid from start on and no longer at end"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.activationID) || (has(self.activationID) && self.activationID == oldSelf.activationID)",message="activationID is immutable once set: charges and refunds are recorded under it"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.licenseID) || (has(self.licenseID) && self.licenseID == oldSelf.licenseID)",message="licenseID is immutable once set: clients know the license by it"
type LineItemSpec struct {
	// instanceRef names the Instance that the line item belongs to, in the same
	// namespace. It cannot be changed.
	// +required
	InstanceRef LocalInstanceReference `json:"instanceRef,omitzero"`

	// activationID is the id under which charges are recorded and by which REST
	// clients know the line item. Leave it out to use the UID of the object; the
	// id in use stands in status.activationID. A line item that is deleted and
	// created again finds what was used only under the same activationID: set it
	// where objects are rebuilt from Git. It cannot be changed once set. At most 128
	// characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	ActivationID string `json:"activationID,omitempty"`

	// state is DEPLOYED (may be charged), INACTIVE (may not be charged until it is
	// DEPLOYED again) or OBSOLETE (may never be charged again; final). Refunds
	// are accepted in every state.
	// +required
	// +kubebuilder:validation:XValidation:rule="oldSelf != 'OBSOLETE' || self == 'OBSOLETE'",messageExpression="'state OBSOLETE is final and cannot become ' + self + ': create a new LineItem instead'",message="state OBSOLETE is final: create a new LineItem instead"
	State LineItemState `json:"state,omitempty"`

	// quantity is the number of tokens bought: 1 to 1000000000000. It may be
	// lowered below what is used; nothing is then available. It may be left out,
	// for none, where product or editionRef makes the line item a license.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000000000
	Quantity int64 `json:"quantity,omitempty"`

	// start is the moment from which the line item may be charged, RFC 3339, for
	// example 2023-09-27T00:00:00Z.
	// +required
	Start Time `json:"start,omitzero"` //nolint:kubeapilinter // the linter sees a struct; on the wire a Time is text, which is never empty

	// end is the moment from which it may no longer be charged, RFC 3339, after
	// start. Line items that end first are charged first. Use
	// 9999-12-31T23:59:59Z for one that does not end.
	// +required
	End Time `json:"end,omitzero"` //nolint:kubeapilinter // the linter sees a struct; on the wire a Time is text, which is never empty

	// elastic says whether sessions may be charged to this line item.
	// +required
	Elastic *bool `json:"elastic,omitempty"`

	// rateTableSeries names the series of rate tables that price what is charged
	// here. Left out, the tables without series do. At most 128 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	RateTableSeries string `json:"rateTableSeries,omitempty"`

	// overdraft allows charges beyond quantity. It is used only after the
	// quantities of all line items of the instance. Left out, there is none.
	// +optional
	Overdraft Overdraft `json:"overdraft,omitzero"`

	// accessActions say who may use the line item and how much of it, in order: the
	// first action whose condition holds decides. Left out or empty, every
	// requester may use it. Otherwise a requester that no action is about may not. At
	// most 64.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self.all(a, self.exists_one(b, b.id == a.id))",message="each action must have an id of its own"
	// +kubebuilder:validation:XValidation:rule="self.filter(a, !has(a.conditionID)).size() <= 1",message="only one action may be the default one, without conditionID"
	AccessActions []AccessAction `json:"accessActions,omitempty"`

	// licenseID is the id by which REST clients know the named-user license, a
	// UUID in lower case. Leave it out to use the UID of the object; the id in
	// use stands in status.licenseID. It cannot be changed once set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`
	LicenseID string `json:"licenseID,omitempty"`

	// product is the name or id of the product that named users are licensed
	// for. At most 256 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Product string `json:"product,omitempty"`

	// editionRef names the Edition that the license is made from, in the same
	// namespace. What is left out here is as the edition has it. Another edition
	// of the same product can be named if its provisioningMode and clientType are
	// the same.
	// +optional
	EditionRef *EditionReference `json:"editionRef,omitempty"`

	// displayName is the name of the license for people. At most 256 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	DisplayName string `json:"displayName,omitempty"`

	// description says more about the license for people. At most 1024
	// characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`

	// tokenLimit is the number of clients that the license may be activated for: 0
	// to 1000000. Left out, it is that of the edition, and without one there is no
	// limit.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	TokenLimit *int32 `json:"tokenLimit,omitempty"`

	// floatingLimit is the number of sessions of a floating license that may be
	// open at the same time: 0 to 4000. Left out, it is that of the edition.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4000
	FloatingLimit *int32 `json:"floatingLimit,omitempty"`

	// userGroups divide the named users, at most 64.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	UserGroups []UserGroup `json:"userGroups,omitempty"`

	// userLimit is the number of named users that may be active at the same time:
	// 0 to 1000000. Any number may be inactive. Left out, it is that of the
	// edition, and without one there is no limit. It may be lowered below the
	// number of active users: the youngest are then no longer active.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	UserLimit *int32 `json:"userLimit,omitempty"`

	// limitations are the limited features of a named-user license, at most 64.
	// With editionRef they are those of the edition, and what stands here replaces
	// limit and reset of one that is adjustable.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	Limitations []Limitation `json:"limitations,omitempty"`
}

// EditionReference names an Edition of the same namespace.
type EditionReference struct {
	// name of the Edition. At most 253 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// UserGroup is a part of the named users of a license.
type UserGroup struct {
	// id identifies the group within the license, a UUID in lower case.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`
	ID string `json:"id,omitempty"`

	// name of the group for people. At most 256 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`

	// userLimit is the number of users of the group that may be active at the same
	// time, within the userLimit of the license: 0 to 1000000. Left out, there is
	// no limit for the group.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	UserLimit *int32 `json:"userLimit,omitempty"`
}

// LocalInstanceReference names an Instance of the same namespace.
// +kubebuilder:validation:XValidation:rule="self == oldSelf",messageExpression="'instanceRef is immutable: a line item stays with instance ' + oldSelf.name + ', where its charges are recorded; create a new LineItem for another instance'",message="instanceRef is immutable: create a new LineItem for another instance"
type LocalInstanceReference struct {
	// name of the Instance, in the same namespace. At most 63 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`
}

// LineItemState says whether a line item may be charged.
// +kubebuilder:validation:Enum=DEPLOYED;INACTIVE;OBSOLETE
type LineItemState string

const (
	// LineItemDeployed may be charged from start to end.
	LineItemDeployed LineItemState = "DEPLOYED"
	// LineItemInactive may not be charged until it is deployed again.
	LineItemInactive LineItemState = "INACTIVE"
	// LineItemObsolete may never be charged again. Tokens refunded to it are
	// stranded.
	LineItemObsolete LineItemState = "OBSOLETE"
)

// OverdraftType says how far charges may go beyond the quantity.
// +kubebuilder:validation:Enum=Number;Unlimited
type OverdraftType string

const (
	// OverdraftNumber allows a given number of tokens.
	OverdraftNumber OverdraftType = "Number"
	// OverdraftUnlimited allows any number of tokens.
	OverdraftUnlimited OverdraftType = "Unlimited"
)

// Overdraft allows charges beyond the quantity bought.
// +kubebuilder:validation:XValidation:rule="has(self.limit) == (self.type == 'Number')",messageExpression="self.type == 'Number' ? 'limit is required when type is Number' : 'limit must be left out when type is ' + self.type",message="limit is required when type is Number, and must be left out when type is Unlimited"
type Overdraft struct {
	// type is Number (as many tokens as limit says) or Unlimited.
	// +required
	Type OverdraftType `json:"type,omitempty"`

	// limit is the number of tokens that may be charged beyond quantity: 0 to
	// 1000000000000. Required when type is Number, left out when it is Unlimited.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000000
	Limit *int64 `json:"limit,omitempty"`
}

// LineItemStatus is a summary of the line item's account entry, refreshed at
// most about once a second. The ledger holds the exact figures.
// +kubebuilder:validation:MinProperties=1
type LineItemStatus struct {
	// conditions are Ready, Reconciling, Stalled, Bound, Active and Exhausted.
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

	// activationID is the id in use for the line item.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	ActivationID string `json:"activationID,omitempty"`

	// licenseID is the id in use for the named-user license.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	LicenseID string `json:"licenseID,omitempty"`

	// used is the number of tokens charged and not refunded.
	// +optional
	Used Decimal `json:"used,omitempty"`

	// available is the number of tokens that could still be charged, overdraft
	// included; 0 when more is used than was bought. Left out when unlimited is
	// true. Whether they may be charged now, the condition Active tells.
	// +optional
	Available Decimal `json:"available,omitempty"`

	// unlimited is true when the overdraft is unlimited.
	// +optional
	Unlimited *bool `json:"unlimited,omitempty"`

	// overdraftUsed is the part of used that is beyond quantity, in tokens.
	// +optional
	OverdraftUsed Decimal `json:"overdraftUsed,omitempty"`

	// ratesFrom is the rate table that prices this line item now. Left out when
	// the series has no effective table, and for a line item that is OBSOLETE or
	// not elastic, to which sessions are not charged.
	// +optional
	RatesFrom RateTableReference `json:"ratesFrom,omitzero"`

	// accessActions tells what is used of each allocation. Actions without one are
	// left out.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	AccessActions []AccessActionStatus `json:"accessActions,omitempty"`

	// limitations tells what is used of each limitation.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	Limitations []LimitationStatus `json:"limitations,omitempty"`

	// editionID is the id by which REST clients know the edition of the license.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	EditionID string `json:"editionID,omitempty"`

	// productID is the id by which REST clients know the product of the license.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	ProductID string `json:"productID,omitempty"`

	// provisioningMode is Named or Floating. A license never changes it.
	// +optional
	ProvisioningMode ProvisioningMode `json:"provisioningMode,omitempty"`

	// clientType is Devices or Users. A license never changes it.
	// +optional
	ClientType ClientType `json:"clientType,omitempty"`

	// limitationUsage shows what is used of each limitation and its limit, as in
	// API Functionality 2/3, Cloud Backup 2/2.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	LimitationUsage string `json:"limitationUsage,omitempty"`

	// activations is the number of clients that have a token of the license.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Activations *int32 `json:"activations,omitempty"`

	// openSessions is the number of sessions of a floating license that are open.
	// +optional
	// +kubebuilder:validation:Minimum=0
	OpenSessions *int32 `json:"openSessions,omitempty"`

	// users counts the named users of the license.
	// +optional
	Users *UserCounts `json:"users,omitempty"`
}

// UserCounts counts the named users of a license.
type UserCounts struct {
	// active is the number of users that may use the license; they count against
	// userLimit.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Active *int32 `json:"active,omitempty"`

	// inactive is the number of users that may not use the license at the moment.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Inactive *int32 `json:"inactive,omitempty"`
}

// LineItem is a purchase: a number of tokens valid for a time, and, for
// named-user licenses, the users allowed and the limits of single features.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=lli,categories=licensing
// +kubebuilder:selectablefield:JSONPath=`.spec.instanceRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.activationID`
// +kubebuilder:selectablefield:JSONPath=`.spec.licenseID`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the line item is in order."
// +kubebuilder:printcolumn:name="Instance",type=string,JSONPath=`.spec.instanceRef.name`,description="The instance that the line item belongs to."
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.spec.state`,description="DEPLOYED, INACTIVE or OBSOLETE."
// +kubebuilder:printcolumn:name="Quantity",type=integer,JSONPath=`.spec.quantity`,description="Tokens bought."
// +kubebuilder:printcolumn:name="Used",type=string,JSONPath=`.status.used`,description="Tokens charged and not refunded."
// +kubebuilder:printcolumn:name="Available",type=string,JSONPath=`.status.available`,description="Tokens that can still be charged."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation."
// +kubebuilder:printcolumn:name="Unlimited",type=boolean,JSONPath=`.status.unlimited`,priority=1,description="Whether overdraft is unlimited."
// +kubebuilder:printcolumn:name="Active",type=string,JSONPath=`.status.conditions[?(@.type=="Active")].reason`,priority=1,description="Whether it can be charged now, and why not."
// +kubebuilder:printcolumn:name="End",type=string,JSONPath=`.spec.end`,priority=1,description="The moment from which it can no longer be charged."
// +kubebuilder:printcolumn:name="Series",type=string,JSONPath=`.spec.rateTableSeries`,priority=1,description="The series of rate tables that price it."
// +kubebuilder:printcolumn:name="Rates",type=string,JSONPath=`.status.ratesFrom.name`,priority=1,description="The rate table that prices it now."
// +kubebuilder:printcolumn:name="Limitations",type=string,JSONPath=`.status.limitationUsage`,priority=1,description="Used and limit of each limitation."
// +kubebuilder:printcolumn:name="Users",type=integer,JSONPath=`.status.users.active`,priority=1,description="Active named users."
// +kubebuilder:printcolumn:name="Activation",type=string,JSONPath=`.status.activationID`,priority=1,description="The id under which charges are recorded."
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="The line item's state in words."
// +kubebuilder:validation:XValidation:rule="!has(self.spec.activationID) || has(oldSelf.spec.activationID) || !has(oldSelf.status) || !has(oldSelf.status.activationID) || self.spec.activationID == oldSelf.status.activationID",messageExpression="'spec.activationID must be ' + oldSelf.status.activationID + ', the id in use: charges and refunds are recorded under it'",message="spec.activationID must be the id in use: charges and refunds are recorded under it"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.licenseID) || has(oldSelf.spec.licenseID) || !has(oldSelf.status) || !has(oldSelf.status.licenseID) || self.spec.licenseID == oldSelf.status.licenseID",messageExpression="'spec.licenseID must be ' + oldSelf.status.licenseID + ', the id in use: clients know the license by it'",message="spec.licenseID must be the id in use: clients know the license by it"
type LineItem struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what was bought.
	// +required
	Spec LineItemSpec `json:"spec,omitzero"`

	// status is written by the operator.
	// +optional
	Status LineItemStatus `json:"status,omitzero"`
}

// LineItemList is a list of line items.
//
// +kubebuilder:object:root=true
type LineItemList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []LineItem `json:"items"`
}
