package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Denial explains why a request was denied. Nothing was charged for it.
type Denial struct {
	// generation of the spec that made the request; left out for a REST call.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Generation int64 `json:"generation,omitempty"`

	// digest is a fingerprint of what was asked. The same is not asked again by
	// itself: change the request or raise spec.attempt.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Digest string `json:"digest,omitempty"`

	// time is when the request was denied.
	// +optional
	Time *metav1.MicroTime `json:"time,omitempty"`

	// reason is a word for machines, for example NotEnoughTokens or ItemNotPriced.
	// It is also the reason of the condition Granted.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Reason string `json:"reason,omitempty"`

	// nextChangeTime is the earliest time at which asking again may be granted
	// although nobody changes anything: a line item begins, or a rate table becomes
	// effective. Left out when nothing is known that would do it.
	// +optional
	NextChangeTime *metav1.MicroTime `json:"nextChangeTime,omitempty"`

	// items tells for each item of the request what stood in its way.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Items []DeniedItem `json:"items,omitempty"`
}

// DeniedItemStatus says whether an item was itself the obstacle.
// +kubebuilder:validation:Enum=Denied;NotCharged
type DeniedItemStatus string

const (
	// DeniedItemDenied is an item that could not be granted.
	DeniedItemDenied DeniedItemStatus = "Denied"
	// DeniedItemNotCharged is an item that was in order, but is not charged because
	// another item of the same request was denied.
	DeniedItemNotCharged DeniedItemStatus = "NotCharged"
)

// DeniedItem tells what stood in the way of one item of a request.
type DeniedItem struct {
	// item is the name of the item.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Item string `json:"item,omitempty"`

	// version of the item; left out if none was asked for.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Version string `json:"version,omitempty"`

	// status is Denied (this item could not be granted) or NotCharged (it was in
	// order, another item of the request was denied).
	// +optional
	Status DeniedItemStatus `json:"status,omitempty"`

	// reason is a word for machines, for example NotEnoughTokens or ItemNotPriced.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Reason string `json:"reason,omitempty"`

	// required is the number of tokens that the item would have cost for one
	// period. Left out when it has no price.
	// +optional
	Required Decimal `json:"required,omitempty"`

	// available is the number of tokens that were available for it. Left out when it
	// has no price.
	// +optional
	Available Decimal `json:"available,omitempty"`

	// message says in words what was asked, what the limit is and what is
	// available.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`
}
