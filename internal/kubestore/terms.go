package kubestore

import (
	"fmt"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// LicenseTerms are what a license grants, after its edition and the line item's own word.
type LicenseTerms struct {
	LicenseID, EditionID, ProductID string
	// ProductName is for people.
	ProductName          string
	ProvisioningMode     v1alpha1.ProvisioningMode
	ClientType           v1alpha1.ClientType
	ActivationOnCreation v1alpha1.ActivationOnCreation
	// TokenLimit and UserLimit are nil without a limit.
	TokenLimit, UserLimit *int32
	// Floating is nil for a Named license; nothing in it is left out except SessionsPerClient, which 0 does not limit.
	Floating *v1alpha1.FloatingTerms
	// Limitations are in the order of the edition, without one in that of the line item.
	Limitations []EffectiveLimitation
	UserGroups  []v1alpha1.UserGroup
	// Invalid says which limitations are left out because they cannot be counted.
	Invalid error
	// Problems are what the line item says in vain: the rest holds.
	Problems []string
}

// EffectiveLimitation is a limitation as it holds for one license.
type EffectiveLimitation struct {
	licensing.Limitation

	Description string
	// Adjustable ones may be another's in the line item.
	Adjustable bool
}

// TermsError says why nobody can tell what a license grants. Tokens of the line item are charged all the same.
type TermsError struct {
	// Reason is one of the condition reasons.
	Reason  string
	Message string
}

// Error is the message alone: the reason is for programs.
func (e *TermsError) Error() string { return e.Message }

func termsErrorf(reason, format string, args ...any) *TermsError {
	return &TermsError{Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// sessionPeriod is how many minutes a floating session lasts unless the edition says otherwise.
const sessionPeriod = 60

// Terms computes what the license grants. Edition is the one that the line item refers to, product the edition's or,
// without one, that which the line item names; each nil where there is none. The error is a *TermsError.
func Terms(lineItem *v1alpha1.LineItem, edition *v1alpha1.Edition, product *v1alpha1.Product) (LicenseTerms, error) {
	if lineItem.Spec.EditionRef == nil {
		return ownTerms(lineItem, product), nil
	}
	if err := fits(lineItem, edition, product); err != nil {
		return LicenseTerms{}, err
	}
	spec, own := edition.Spec, lineItem.Spec
	terms := LicenseTerms{
		LicenseID: LicenseID(lineItem), EditionID: EditionID(edition),
		ProductID: ProductID(product), ProductName: product.Spec.DisplayName,
		ProvisioningMode: spec.ProvisioningMode, ClientType: spec.ClientType, ActivationOnCreation: spec.ActivationOnCreation,
		TokenLimit: spec.TokenLimit, UserLimit: spec.UserLimit, UserGroups: own.UserGroups,
	}
	if terms.ActivationOnCreation == "" {
		terms.ActivationOnCreation = v1alpha1.ActivateNone
	}
	if own.TokenLimit != nil {
		terms.TokenLimit = own.TokenLimit
	}
	if own.UserLimit != nil {
		terms.UserLimit = own.UserLimit
	}
	terms.setFloating(own.FloatingLimit, edition)
	terms.addAdjusted(own.Limitations, edition, product)
	return terms, nil
}

// ownTerms are those of a license without an edition: everything is the line item's.
func ownTerms(lineItem *v1alpha1.LineItem, product *v1alpha1.Product) LicenseTerms {
	spec := lineItem.Spec
	terms := LicenseTerms{
		LicenseID: LicenseID(lineItem), EditionID: ImpliedEditionID(LicenseID(lineItem)),
		ProductID: NamedProductID(lineItem.Namespace, spec.Product), ProductName: spec.Product,
		ProvisioningMode: v1alpha1.ProvisioningNamed, ClientType: v1alpha1.ClientUsers, ActivationOnCreation: v1alpha1.ActivateWithTokenKey,
		TokenLimit: spec.TokenLimit, UserLimit: spec.UserLimit, UserGroups: spec.UserGroups,
	}
	if product != nil {
		terms.ProductID, terms.ProductName = ProductID(product), product.Spec.DisplayName
	}
	if spec.FloatingLimit != nil {
		terms.problem("floatingLimit is ignored: without editionRef a license is Named")
	}
	for _, declared := range spec.Limitations {
		terms.add(declared, false, product)
	}
	return terms
}

func (t *LicenseTerms) setFloating(limit *int32, edition *v1alpha1.Edition) {
	if edition.Spec.Floating == nil {
		if limit != nil {
			t.problem("floatingLimit is ignored: edition %s is %s", edition.Name, edition.Spec.ProvisioningMode)
		}
		return
	}
	floating := *edition.Spec.Floating
	if limit != nil {
		floating.Limit = limit
	}
	if floating.Enforce == nil {
		floating.Enforce = new(true)
	}
	if floating.SessionPeriodMinutes == 0 {
		floating.SessionPeriodMinutes = sessionPeriod
	}
	t.Floating = &floating
}

func (t *LicenseTerms) problem(format string, args ...any) {
	t.Problems = append(t.Problems, fmt.Sprintf(format, args...))
}

// Limitation returns the one of an id.
func (t LicenseTerms) Limitation(id string) (EffectiveLimitation, bool) {
	for _, limitation := range t.Limitations {
		if limitation.ID == id {
			return limitation, true
		}
	}
	return EffectiveLimitation{}, false
}

// UserGroup returns the one of an id.
func (t LicenseTerms) UserGroup(id string) (v1alpha1.UserGroup, bool) {
	for _, group := range t.UserGroups {
		if group.ID == id {
			return group, true
		}
	}
	return v1alpha1.UserGroup{}, false
}
