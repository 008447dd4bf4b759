package kubestore

import (
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// The indexes of what licenses are made of. Ids are those in use, whether they stand in the spec or are the UID.
const (
	// IndexLicenseID finds line items.
	IndexLicenseID = "licenseID"
	// IndexEdition finds line items by the name of their Edition.
	IndexEdition = "spec.editionRef.name"
	// IndexProduct finds line items by the product that they name themselves, and editions by the name of their Product.
	IndexProduct = "product"
	// IndexNamedProductID finds line items by the id that the product they name has without an object.
	IndexNamedProductID = "namedProductID"
	// IndexLimitation finds line items, editions and products by the ids of the limitations in their specs.
	IndexLimitation = "limitationID"
	// IndexEditionID and IndexProductID find editions and products.
	IndexEditionID = "editionID"
	IndexProductID = "productID"
	// IndexUserID finds named users by their exact id.
	IndexUserID = "spec.userID"
	// IndexTransactionID finds named users by the transactions that gave them units.
	IndexTransactionID = "transactionID"
	// IndexClientID and IndexTokenKey find activations.
	IndexClientID = "spec.clientID"
	IndexTokenKey = "tokenKey"
)

func licenseIndexes() []index {
	return []index{
		by(&v1alpha1.LineItem{}, IndexLicenseID, LicenseID),
		by(&v1alpha1.LineItem{}, IndexEdition, editionName),
		by(&v1alpha1.LineItem{}, IndexProduct, func(l *v1alpha1.LineItem) string { return l.Spec.Product }),
		by(&v1alpha1.LineItem{}, IndexNamedProductID, func(l *v1alpha1.LineItem) string { return NamedProductID(l.Namespace, l.Spec.Product) }),
		byAll(&v1alpha1.LineItem{}, IndexLimitation, func(l *v1alpha1.LineItem) (ids []string) {
			for _, limitation := range l.Spec.Limitations {
				ids = append(ids, limitation.ID)
			}
			return ids
		}),
		by(&v1alpha1.Edition{}, IndexEditionID, EditionID),
		by(&v1alpha1.Edition{}, IndexProduct, func(e *v1alpha1.Edition) string { return e.Spec.ProductRef.Name }),
		byAll(&v1alpha1.Edition{}, IndexLimitation, func(e *v1alpha1.Edition) (ids []string) {
			for _, limitation := range e.Spec.Limitations {
				ids = append(ids, limitation.ID)
			}
			return ids
		}),
		by(&v1alpha1.Product{}, IndexProductID, ProductID),
		byAll(&v1alpha1.Product{}, IndexLimitation, func(p *v1alpha1.Product) (ids []string) {
			for _, limitation := range p.Spec.Limitations {
				ids = append(ids, limitation.ID)
			}
			return ids
		}),
		by(&v1alpha1.UserProvisioning{}, IndexLineItem, func(u *v1alpha1.UserProvisioning) string { return u.Spec.LineItemRef.Name }),
		by(&v1alpha1.UserProvisioning{}, IndexUserID, func(u *v1alpha1.UserProvisioning) string { return u.Spec.UserID }),
		byAll(&v1alpha1.UserProvisioning{}, IndexTransactionID, func(u *v1alpha1.UserProvisioning) (ids []string) {
			for _, holding := range u.Status.Holdings {
				ids = append(ids, holding.TransactionID)
			}
			return ids
		}),
		by(&v1alpha1.Activation{}, IndexLineItem, func(a *v1alpha1.Activation) string { return a.Spec.LineItemRef.Name }),
		by(&v1alpha1.Activation{}, IndexClientID, func(a *v1alpha1.Activation) string { return a.Spec.ClientID }),
		by(&v1alpha1.Activation{}, IndexTokenKey, func(a *v1alpha1.Activation) string { return a.Status.TokenKey }),
	}
}

func editionName(lineItem *v1alpha1.LineItem) string {
	if lineItem.Spec.EditionRef == nil {
		return ""
	}
	return lineItem.Spec.EditionRef.Name
}
