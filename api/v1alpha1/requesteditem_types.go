package v1alpha1

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// RequestedItem is an item that a session wants to use.
type RequestedItem struct {
	// item is the name of the item, as the rate table lists it. At most 128
	// characters; upper and lower case differ.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Item string `json:"item,omitempty"`

	// version of the item, as the rate table lists it. Left out, it matches only a
	// line without version, not any version. At most 64 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Version string `json:"version,omitempty"`

	// count is how much of the item is wanted: more than 0, at most 1000000000000,
	// an integer (10) or a decimal string with at most 6 digits after the point
	// ("2.5").
	// +required
	// +kubebuilder:validation:XValidation:rule="type(self) == int ? self > 0 && self <= 1000000000000 : !self.startsWith('-') && !(self in ['0', '0.0', '0.00', '0.000', '0.0000', '0.00000', '0.000000'])",message="count must be more than 0 and at most 1000000000000"
	Count Decimal `json:"count,omitempty"`

	// variables are the values that a formula of the rate table asks for, by name;
	// upper and lower case are the same. At most 32, names of at most 64
	// characters, values as integers or decimal strings.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.size() >= 1 && k.size() <= 64)",message="names of variables must have 1 to 64 characters"
	Variables map[string]Decimal `json:"variables,omitempty"`

	// metaData is any JSON object, copied to the usage records. At most 4 KiB; the
	// condition Stalled tells when it is larger.
	// +optional
	// +kubebuilder:validation:Type=object
	// +kubebuilder:pruning:PreserveUnknownFields
	MetaData *apiextensionsv1.JSON `json:"metaData,omitempty"`
}

// ChargedItem is an item that a session holds, with what it costs.
type ChargedItem struct {
	// item is the name of the item.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Item string `json:"item,omitempty"`

	// version of the item; left out if it has none.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Version string `json:"version,omitempty"`

	// count is how much of the item is held.
	// +optional
	Count Decimal `json:"count,omitempty"`

	// tokens is the number of tokens charged for the running period.
	// +optional
	Tokens Decimal `json:"tokens,omitempty"`

	// lineItems are the line items charged, in the order in which they were drawn
	// on: one that is drawn on again for its overdraft may stand here twice. A
	// refund goes back to them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=512
	LineItems []LineItemCharge `json:"lineItems,omitempty"`

	// variables are the values that the formula was computed with.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	Variables map[string]Decimal `json:"variables,omitempty"`

	// metaData is the JSON object of the request.
	// +optional
	// +kubebuilder:validation:Type=object
	// +kubebuilder:pruning:PreserveUnknownFields
	MetaData *apiextensionsv1.JSON `json:"metaData,omitempty"`
}

// LineItemCharge is the part of a charge that one line item bears.
type LineItemCharge struct {
	// activationID is the id of the line item.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	ActivationID string `json:"activationID,omitempty"`

	// actionID is the action among the line item's accessActions whose allocation
	// is charged along with it; left out if there is none.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	ActionID string `json:"actionID,omitempty"`

	// rate is the number of tokens per count that applied.
	// +optional
	Rate Decimal `json:"rate,omitempty"`

	// tokens is the number of tokens charged to this line item for the running
	// period.
	// +optional
	Tokens Decimal `json:"tokens,omitempty"`

	// series of the rate table that the rate comes from; left out if it has none.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Series string `json:"series,omitempty"`

	// rateTable is the version of the rate table that the rate comes from.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	RateTable string `json:"rateTable,omitempty"`
}
