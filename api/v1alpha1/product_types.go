package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ProductSpec is what is licensed to named users and devices.
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.productID) || (has(self.productID) && self.productID == oldSelf.productID)",message="productID is immutable once set: clients know the product by it"
type ProductSpec struct {
	// productID is the id by which REST clients know the product, a UUID in lower
	// case. Leave it out to use the UID of the object; the id in use stands in
	// status.productID. Set it where objects are rebuilt from Git. It cannot be
	// changed once set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`
	ProductID string `json:"productID,omitempty"`

	// displayName is the name of the product for people. At most 256 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	DisplayName string `json:"displayName,omitempty"`

	// limitations are the limited features that the product has, at most 64. How
	// much of each there is, the editions and the line items say.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	Limitations []ProductLimitation `json:"limitations,omitempty"`
}

// ProductLimitation is a limited feature of a product.
type ProductLimitation struct {
	// id identifies the limitation in the editions and licenses of the product:
	// letters, digits, dots, dashes and underscores, at most 128. Use a UUID when
	// clients of the REST interface are to name it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`
	ID string `json:"id,omitempty"`

	// name is the name of the feature for people, for example API Functionality.
	// At most 256 characters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`

	// description says more for people. At most 1024 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`
}

// ProductStatus tells how clients know the product.
// +kubebuilder:validation:MinProperties=1
type ProductStatus struct {
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

	// productID is the id in use for the product.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	ProductID string `json:"productID,omitempty"`
}

// Product is what is licensed, with its limited features. Editions value them
// and line items license them. A line item may also name a product that has no
// object.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=lpr,categories=licensing
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the product is in order."
// +kubebuilder:printcolumn:name="Product",type=string,JSONPath=`.spec.displayName`,description="The name of the product."
// +kubebuilder:printcolumn:name="ID",type=string,JSONPath=`.status.productID`,description="The id by which REST clients know the product."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation."
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="The product's state in words."
// +kubebuilder:validation:XValidation:rule="!has(self.spec.productID) || has(oldSelf.spec.productID) || !has(oldSelf.status) || !has(oldSelf.status.productID) || self.spec.productID == oldSelf.status.productID",messageExpression="'spec.productID must be ' + oldSelf.status.productID + ', the id in use: clients know the product by it'",message="spec.productID must be the id in use: clients know the product by it"
type Product struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the product.
	// +required
	Spec ProductSpec `json:"spec,omitzero"`

	// status is written by the operator.
	// +optional
	Status ProductStatus `json:"status,omitzero"`
}

// ProductList is a list of products.
//
// +kubebuilder:object:root=true
type ProductList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []Product `json:"items"`
}
