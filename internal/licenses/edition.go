package licenses

import (
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Edition is a template of licenses.
type Edition struct {
	ID, ProductID, Name string
	// Implied is that of a license without an Edition object. It shows what the license says and cannot be changed.
	Implied              bool
	ProvisioningMode     v1alpha1.ProvisioningMode
	ClientType           v1alpha1.ClientType
	ActivationOnCreation v1alpha1.ActivationOnCreation
	// TokenLimit and UserLimit are nil without a limit; Floating is nil for a Named edition.
	TokenLimit, UserLimit *int32
	Floating              *v1alpha1.FloatingTerms
	Limitations           []kubestore.EffectiveLimitation
	Audit
}

// editionOf is the edition of a license.
func editionOf(license *license) Edition {
	if license.edition != nil {
		return declaredEdition(license.edition, license.product)
	}
	terms := license.terms
	return Edition{
		ID: terms.EditionID, ProductID: terms.ProductID, Name: terms.ProductName, Implied: true,
		ProvisioningMode: terms.ProvisioningMode, ClientType: terms.ClientType, ActivationOnCreation: terms.ActivationOnCreation,
		TokenLimit: terms.TokenLimit, UserLimit: terms.UserLimit, Limitations: terms.Limitations, Audit: auditOf(license.object),
	}
}

// declaredEdition shows an Edition object: it is what a license that says nothing for itself would be granted.
func declaredEdition(edition *v1alpha1.Edition, product *v1alpha1.Product) Edition {
	plain := &v1alpha1.LineItem{Spec: v1alpha1.LineItemSpec{EditionRef: &v1alpha1.EditionReference{Name: edition.Name}}}
	terms, _ := kubestore.Terms(plain, edition, product) // whatever is wrong is told where the edition is declared
	return Edition{
		ID: kubestore.EditionID(edition), ProductID: terms.ProductID, Name: edition.Spec.DisplayName,
		ProvisioningMode: edition.Spec.ProvisioningMode, ClientType: edition.Spec.ClientType, ActivationOnCreation: terms.ActivationOnCreation,
		TokenLimit: terms.TokenLimit, UserLimit: terms.UserLimit, Floating: terms.Floating, Limitations: terms.Limitations, Audit: auditOf(edition),
	}
}
