package kubestore

import (
	"regexp"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// derivedIDs is the name space of the ids that are derived from names, for clients that know everything by UUID. It can
// never change: clients keep such ids.
var derivedIDs = uuid.MustParse("5f0c2d0e-0a6b-5b53-9a6e-2f4f0c5d7a41")

var lowerCaseUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// IsLicense tells whether the line item licenses a product to users or devices, rather than only selling tokens.
func IsLicense(lineItem *v1alpha1.LineItem) bool {
	spec := lineItem.Spec
	return spec.Product != "" || spec.EditionRef != nil || len(spec.Limitations) > 0 || spec.UserLimit != nil
}

// LicenseID is the id by which REST clients know the license: the one given in the spec, else the object's UID.
func LicenseID(lineItem *v1alpha1.LineItem) string {
	if lineItem.Spec.LicenseID != "" {
		return lineItem.Spec.LicenseID
	}
	return string(lineItem.UID)
}

// EditionID is the id by which REST clients know the edition.
func EditionID(edition *v1alpha1.Edition) string {
	if edition.Spec.EditionID != "" {
		return edition.Spec.EditionID
	}
	return string(edition.UID)
}

// ImpliedEditionID is the id of the edition that a license without one is said to be made from: REST clients expect one.
func ImpliedEditionID(licenseID string) string { return derivedID("edition/" + licenseID) }

// ProductID is the id by which REST clients know the product.
func ProductID(product *v1alpha1.Product) string {
	if product.Spec.ProductID != "" {
		return product.Spec.ProductID
	}
	return string(product.UID)
}

// NamedProductID is the id of a product that a line item names and that has no object.
func NamedProductID(namespace, product string) string {
	if lowerCaseUUID.MatchString(product) {
		return product
	}
	return derivedID("product/" + namespace + "/" + product)
}

// CustomerID is the id by which REST clients know the customer that the Instance belongs to.
func CustomerID(instance *v1alpha1.Instance) string {
	if lowerCaseUUID.MatchString(instance.Spec.AccountID) {
		return instance.Spec.AccountID
	}
	return derivedID("customer/" + instance.Namespace + "/" + instance.Spec.AccountID)
}

func derivedID(name string) string { return uuid.NewSHA1(derivedIDs, []byte(name)).String() }
