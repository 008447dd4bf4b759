package kubestore

import (
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// fits refuses an edition that the license cannot be made from. A license never changes its product, mode or clients:
// what it was before, its status remembers.
func fits(lineItem *v1alpha1.LineItem, edition *v1alpha1.Edition, product *v1alpha1.Product) error {
	if edition == nil {
		return termsErrorf(v1alpha1.ReasonEditionNotFound, "editionRef: edition %s does not exist in namespace %s",
			lineItem.Spec.EditionRef.Name, lineItem.Namespace)
	}
	if product == nil {
		return termsErrorf(v1alpha1.ReasonProductNotFound, "editionRef: edition %s is of product %s, which does not exist in namespace %s",
			edition.Name, edition.Spec.ProductRef.Name, edition.Namespace)
	}
	was, spec := lineItem.Status, edition.Spec
	if was.EditionID == "" || was.EditionID == EditionID(edition) {
		return nil
	}
	switch implied := was.EditionID == ImpliedEditionID(LicenseID(lineItem)); {
	case !implied && was.ProductID != "" && was.ProductID != ProductID(product):
		return termsErrorf(v1alpha1.ReasonEditionNotPossible, "editionRef: edition %s is of product %s (%s), the license is of product %s and stays so",
			edition.Name, product.Name, ProductID(product), was.ProductID)
	case was.ProvisioningMode != "" && was.ProvisioningMode != spec.ProvisioningMode:
		return termsErrorf(v1alpha1.ReasonEditionNotPossible, "editionRef: edition %s is %s, the license is %s and stays so",
			edition.Name, spec.ProvisioningMode, was.ProvisioningMode)
	case was.ClientType != "" && was.ClientType != spec.ClientType:
		return termsErrorf(v1alpha1.ReasonEditionNotPossible, "editionRef: edition %s is for %s, the license is for %s and stays so",
			edition.Name, spec.ClientType, was.ClientType)
	}
	return nil
}
