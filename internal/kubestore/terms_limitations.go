package kubestore

import (
	"errors"
	"fmt"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// addAdjusted adds the limitations of the edition, with what the line item says otherwise.
func (t *LicenseTerms) addAdjusted(own []v1alpha1.Limitation, edition *v1alpha1.Edition, product *v1alpha1.Product) {
	overrides := make(map[string]v1alpha1.Limitation, len(own))
	for _, override := range own {
		overrides[override.ID] = override
	}
	for _, declared := range edition.Spec.Limitations {
		adjustable := declared.Adjustable != nil && *declared.Adjustable
		effective := declared.Limitation
		if override, found := overrides[declared.ID]; found {
			effective = t.adjust(declared.Limitation, override, adjustable, edition)
			delete(overrides, declared.ID)
		}
		t.add(effective, adjustable, product)
	}
	if t.Invalid != nil {
		t.Invalid = fmt.Errorf("edition %s: %w", edition.Name, t.Invalid)
	}
	for _, override := range own {
		if _, unused := overrides[override.ID]; unused {
			t.problem("limitations[%s] is ignored: edition %s has no such limitation", override.ID, edition.Name)
		}
	}
}

// adjust applies what a line item may have another way: limit and reset. Whether and how there is a limit at all is the
// same for all licenses of an edition.
func (t *LicenseTerms) adjust(edition, override v1alpha1.Limitation, adjustable bool, of *v1alpha1.Edition) v1alpha1.Limitation {
	if !adjustable {
		t.problem("limitations[%s] is ignored: edition %s does not have it adjustable", override.ID, of.Name)
		return edition
	}
	adjusted := edition
	adjusted.Limit, adjusted.ResetMode, adjusted.ResetPeriodDays = override.Limit, override.ResetMode, override.ResetPeriodDays
	if _, err := Limitation(adjusted); err != nil {
		t.problem("limitations[%s] is ignored, it does not go with edition %s: %s", override.ID, of.Name, err)
		return edition
	}
	for _, its := range []struct {
		field   string
		differs bool
	}{
		{"goodwill", override.Goodwill != "" && override.Goodwill != edition.Goodwill},
		{"enforce", override.Enforce != nil && *override.Enforce != enforced(edition)},
		{"userProvisioning", override.UserProvisioning != nil && *override.UserProvisioning != provisioned(edition)},
	} {
		if its.differs {
			t.problem("limitations[%s].%s is ignored: it is the edition's", override.ID, its.field)
		}
	}
	return adjusted
}

// add takes in a limitation unless it cannot be counted. What it is called may stand with the product alone.
func (t *LicenseTerms) add(declared v1alpha1.Limitation, adjustable bool, product *v1alpha1.Product) {
	limitation, err := Limitation(declared)
	if err != nil {
		t.Invalid = errors.Join(t.Invalid, err)
		return
	}
	effective := EffectiveLimitation{Limitation: limitation, Adjustable: adjustable}
	if defined, found := definition(product, declared.ID); found {
		effective.Description = defined.Description
		if effective.Name == "" {
			effective.Name = defined.Name
		}
	}
	t.Limitations = append(t.Limitations, effective)
}

func definition(product *v1alpha1.Product, id string) (v1alpha1.ProductLimitation, bool) {
	if product != nil {
		for _, limitation := range product.Spec.Limitations {
			if limitation.ID == id {
				return limitation, true
			}
		}
	}
	return v1alpha1.ProductLimitation{}, false
}

func enforced(limitation v1alpha1.Limitation) bool {
	return limitation.Enforce == nil || *limitation.Enforce
}

func provisioned(limitation v1alpha1.Limitation) bool {
	return limitation.UserProvisioning != nil && *limitation.UserProvisioning
}
