package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RateTableSpec is one version of a price list.
type RateTableSpec struct {
	// series groups the successive versions of one price list, for example per
	// product family. A line item names the series that it is priced by. Leave
	// it out for the one sequence of tables that has no series. At most 128
	// characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Series string `json:"series,omitempty"`

	// version is a label for people, unique in its series, for example "1" or
	// "2026-Q4". It never decides which table is used: effectiveFrom does. At
	// most 128 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Version string `json:"version,omitempty"`

	// effectiveFrom is the moment from which the table counts, RFC 3339, for
	// example 2023-11-01T14:44:12Z. Of the tables of one series the one with the
	// latest effectiveFrom that is not in the future is used, and only that one:
	// an item that it does not list has no price.
	// +required
	EffectiveFrom Time `json:"effectiveFrom,omitzero"` //nolint:kubeapilinter // the linter sees a struct; on the wire a Time is text, which is never empty

	// items are the price lines: 1 to 1000, each with its own name and version.
	// Two lines with the same name and version are reported by the condition
	// Stalled, and such a table never becomes effective.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=1000
	Items []RateTableItem `json:"items,omitempty"`
}

// RateTableItem is the price of one item.
// +kubebuilder:validation:XValidation:rule="has(self.rate) != has(self.formula)",messageExpression="'item ' + self.name + ' must have either a rate or a formula, and not both: it has ' + (has(self.rate) ? 'both' : 'neither')",message="an item must have either a rate or a formula, and not both"
type RateTableItem struct {
	// name of the item that is priced: a product, a feature or anything else
	// that costs tokens. At most 128 characters; upper and lower case differ.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name,omitempty"`

	// version of the item, not of the table. It must equal the version that a
	// session asks for; a line without version is reached only by a request
	// without version. At most 64 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Version string `json:"version,omitempty"`

	// rate is the number of tokens per count and period: 0 or more, an integer
	// (3) or a decimal string with at most 6 digits after the point ("0.25").
	// Exactly one of rate and formula is given.
	// +optional
	// +kubebuilder:validation:XValidation:rule="type(self) == int ? self >= 0 && self <= 1000000000000 : !self.startsWith('-')",message="rate must be between 0 and 1000000000000 tokens per count"
	Rate Decimal `json:"rate,omitempty"`

	// formula computes the number of tokens from the variables of the request,
	// for example "FLOOR.MATH(basePrice + surcharge) * quantity". It knows the
	// operators + - * / ^, parentheses, numbers, names of variables (upper and
	// lower case are the same) and the functions FLOOR.MATH, CEILING.MATH,
	// POWER, PRODUCT, SUM, ABS, MIN, MAX and ROUND. At most 1024 characters.
	// Exactly one of rate and formula is given.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Formula string `json:"formula,omitempty"`

	// limitation closes the item to everyone but named users who hold a unit of a
	// limitation. Left out, whoever has the tokens may use the item.
	// +optional
	Limitation *ItemLimitation `json:"limitation,omitempty"`
}

// ItemLimitation is the limitation that the requester of an item must hold a
// unit of. The requester is the named user whose userID is the requester's
// value, on a valid line item of the same Instance that has the limitation with
// userProvisioning.
type ItemLimitation struct {
	// id is that of the limitation.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`
	ID string `json:"id,omitempty"`

	// provision says whether a user who holds no unit takes a free one together
	// with the tokens, in one transaction: both or neither. The unit stays with
	// the user until it is revoked. Left out, the user must hold it before.
	// +optional
	Provision *bool `json:"provision,omitempty"`
}

// RateTableStatus tells whether the table counts, and for whom.
// +kubebuilder:validation:MinProperties=1
type RateTableStatus struct {
	// conditions are Ready, Reconciling, Stalled and Effective.
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

	// effective is true from the moment effectiveFrom on. An effective table
	// cannot be deleted; one that lies in the future can.
	// +optional
	Effective *bool `json:"effective,omitempty"`

	// lineItemCount is the number of line items of this namespace that are
	// priced by this table now.
	// +optional
	// +kubebuilder:validation:Minimum=0
	LineItemCount *int32 `json:"lineItemCount,omitempty"`

	// lineItems names the line items that are priced by this table now, in
	// alphabetical order, the first 64 of them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	LineItems []string `json:"lineItems,omitempty"`
}

// RateTable is one version of a price list: how many tokens one count of an
// item costs from a given moment on. It never changes: a new price is a new
// RateTable with a later effectiveFrom, which may be published long before.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=lrt,categories=licensing
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the table is usable."
// +kubebuilder:printcolumn:name="Series",type=string,JSONPath=`.spec.series`,description="The price list that this is a version of."
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.spec.version`,description="The version of the price list, a label for people."
// +kubebuilder:printcolumn:name="Effective",type=string,JSONPath=`.status.conditions[?(@.type=="Effective")].status`,description="Whether effectiveFrom has come."
// +kubebuilder:printcolumn:name="LineItems",type=integer,JSONPath=`.status.lineItemCount`,description="Line items priced by this table now."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation."
// +kubebuilder:printcolumn:name="Effective-From",type=string,JSONPath=`.spec.effectiveFrom`,priority=1,description="The moment from which the table counts."
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Effective")].reason`,priority=1,description="Why the table is effective or not: Current, Superseded or NotYetEffective."
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="The table's state in words."
type RateTable struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the price list. It cannot be changed once created.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="spec is immutable: publish a new version instead, as a new RateTable of the same series with a later effectiveFrom"
	Spec RateTableSpec `json:"spec,omitzero"`

	// status is written by the operator.
	// +optional
	Status RateTableStatus `json:"status,omitzero"`
}

// RateTableList is a list of rate tables.
//
// +kubebuilder:object:root=true
type RateTableList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []RateTable `json:"items"`
}
