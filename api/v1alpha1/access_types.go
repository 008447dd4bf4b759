package v1alpha1

// AccessConditionOperator says how the terms of a condition are joined.
// +kubebuilder:validation:Enum=And;Or
type AccessConditionOperator string

const (
	// AccessConditionAnd holds when all terms do.
	AccessConditionAnd AccessConditionOperator = "And"
	// AccessConditionOr holds when at least one term does.
	AccessConditionOr AccessConditionOperator = "Or"
)

// AccessTermOperator says how a term compares.
// +kubebuilder:validation:Enum=In;NotIn
type AccessTermOperator string

const (
	// AccessTermIn holds when the attribute has one of the values.
	AccessTermIn AccessTermOperator = "In"
	// AccessTermNotIn holds when it has none of them, or is missing.
	AccessTermNotIn AccessTermOperator = "NotIn"
)

// AccessCondition tells requesters apart by the dictionary that they send along,
// so that accessActions of line items can refer to them by id.
type AccessCondition struct {
	// id identifies the condition within the instance: letters, digits, dots,
	// dashes and underscores, at most 128.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`
	ID string `json:"id,omitempty"`

	// name is a name for people, which need not be unique. At most 256 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`

	// operator is And (all terms must hold) or Or (one of them is enough). Left out,
	// it is And.
	// +optional
	Operator AccessConditionOperator `json:"operator,omitempty"`

	// terms are what is compared: 1 to 16.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Terms []AccessTerm `json:"terms,omitempty"`
}

// AccessTerm compares one attribute of the requester.
type AccessTerm struct {
	// attribute is a key of requester.dictionary, for example department. At most
	// 64 characters; upper and lower case differ.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Attribute string `json:"attribute,omitempty"`

	// operator is In (the attribute has one of the values) or NotIn (it has none of
	// them, or is missing).
	// +required
	Operator AccessTermOperator `json:"operator,omitempty"`

	// values are compared as they stand, upper and lower case differ: 1 to 64, of at
	// most 256 characters.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=0
	// +kubebuilder:validation:items:MaxLength=256
	Values []string `json:"values,omitempty"`
}

// AccessActionType says what an action does.
// +kubebuilder:validation:Enum=Allow;Deny
type AccessActionType string

const (
	// AccessActionAllow lets the requester use the line item.
	AccessActionAllow AccessActionType = "Allow"
	// AccessActionDeny does not.
	AccessActionDeny AccessActionType = "Deny"
)

// AccessAction says what a line item does with the requesters that a condition
// holds for.
// +kubebuilder:validation:XValidation:rule="self.action != 'Allow' || !has(self.conditionID) || has(self.allocation)",messageExpression="'action ' + self.id + ' allows and has a condition, which requires an allocation: only the default action, which has no condition, may allow without one'",message="allocation is required: only the default action, which has no condition, may allow without one"
type AccessAction struct {
	// id identifies the action within the line item: letters, digits, dots, dashes
	// and underscores, at most 128. What was used of the allocation is kept under
	// it. To start from zero, use an id that was never used before.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`
	ID string `json:"id,omitempty"`

	// name is a name for people, which need not be unique. At most 256 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`

	// conditionID names one of the accessConditions of the instance. Left out, the
	// action is the default one and decides about everyone; only one action may be.
	// An action whose condition does not exist decides nothing.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	ConditionID string `json:"conditionID,omitempty"`

	// action is Allow or Deny.
	// +required
	Action AccessActionType `json:"action,omitempty"`

	// allocation is the most that the requesters which this action allows may
	// together have used of the line item: 0 or more, an integer or a decimal
	// string. Required for Allow, unless it is the default action; it means nothing
	// for Deny. It may be lowered below what is used; nothing is then available.
	// +optional
	// +kubebuilder:validation:XValidation:rule="type(self) == int ? self >= 0 && self <= 1000000000000 : !self.startsWith('-')",message="allocation must be between 0 and 1000000000000 tokens"
	Allocation Decimal `json:"allocation,omitempty"`
}

// AccessActionStatus tells what is used of an allocation.
type AccessActionStatus struct {
	// id identifies the action within the line item.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	ID string `json:"id,omitempty"`

	// used is the number of tokens charged under the action and not refunded.
	// +optional
	Used Decimal `json:"used,omitempty"`

	// remaining is allocation less used, and 0 when more is used. The line item may
	// have less than that.
	// +optional
	Remaining Decimal `json:"remaining,omitempty"`
}
