package licenses

import (
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
)

// EditionChange is what a call says of an edition. What it does not say stays as it is.
type EditionChange struct {
	// ID and ProductID are empty where nothing is said.
	ID, ProductID    string
	Name             *string
	TokenLimit       Setting[int32]
	UserLimit        Setting[int32]
	ProvisioningMode *v1alpha1.ProvisioningMode
	ClientType       *v1alpha1.ClientType
	// ActivationOnCreation is empty for one that is not supported.
	ActivationOnCreation *v1alpha1.ActivationOnCreation
	// SessionMinutes, FloatingLimit and SessionsPerClient have a meaning for a floating edition only.
	SessionMinutes, FloatingLimit, SessionsPerClient Setting[int32]
	EnforceFloating                                  *bool
	// Limitations are all that there are to be, if ListsLimitations.
	ListsLimitations bool
	Limitations      []EditionLimitationChange
}

// EditionLimitationChange is what a call says of a limitation of an edition.
type EditionLimitationChange struct {
	LimitationChange

	Adjustable, Enforce, UserProvisioning *bool
	Goodwill                              Setting[v1alpha1.Decimal]
	// PerToken asks for a balance of each token, which is not supported.
	PerToken bool
}

// editionFields are those that have other names in a call.
var editionFields = declaration.Fields{
	"editionID": ".id", "productRef": ".product_id", "displayName": ".name", "tokenLimit": ".token_limit", "userLimit": ".user_limit",
	"provisioningMode": ".provisioning_mode", "clientType": ".client_type", "activationOnCreation": ".activation_upon_license_creation",
	"floating.limit": ".floating_token_limit", "floating.enforce": ".enforce_floating_limit",
	"floating.sessionPeriodMinutes": ".session_period", "floating.sessionsPerClient": ".max_floating_sessions_with_same_client_id",
}

func (c EditionChange) onto(spec *v1alpha1.EditionSpec, product *v1alpha1.Product) error {
	if c.Name != nil {
		spec.DisplayName = *c.Name
	}
	tokenLimit(c.TokenLimit, &spec.TokenLimit, spec.TokenLimit)
	c.UserLimit.onto(&spec.UserLimit, spec.UserLimit)
	if activation := c.ActivationOnCreation; activation != nil {
		if *activation == "" {
			return errorf(NotSupported, "activation_upon_license_creation: is possible with 0, the id of the license, and 1, the number of the customer")
		}
		if effective(spec.ActivationOnCreation) != *activation {
			spec.ActivationOnCreation = *activation
		}
	}
	if err := c.floating(spec); err != nil {
		return err
	}
	if !c.ListsLimitations {
		return nil
	}
	return c.limitations(spec, product)
}

func effective(activation v1alpha1.ActivationOnCreation) v1alpha1.ActivationOnCreation {
	if activation == "" {
		return v1alpha1.ActivateNone
	}
	return activation
}

func (c EditionChange) floating(spec *v1alpha1.EditionSpec) error {
	if spec.ProvisioningMode != v1alpha1.ProvisioningFloating {
		if limit := c.FloatingLimit.Value; limit != nil && *limit > 0 {
			return errorf(LicenseNotFit, "floating_token_limit: %d, the template is %s and has no floating tokens", *limit, spec.ProvisioningMode)
		}
		return nil
	}
	if spec.Floating == nil {
		spec.Floating = &v1alpha1.FloatingTerms{Enforce: new(true)}
	}
	terms := spec.Floating
	c.FloatingLimit.onto(&terms.Limit, terms.Limit)
	if terms.Limit == nil {
		return errorf(ValueMissing, "floating_token_limit: is missing but it is required of a template that is %s", spec.ProvisioningMode)
	}
	if c.EnforceFloating != nil && *c.EnforceFloating != (terms.Enforce == nil || *terms.Enforce) {
		terms.Enforce = c.EnforceFloating
	}
	c.SessionMinutes.text(&terms.SessionPeriodMinutes)
	c.SessionsPerClient.text(&terms.SessionsPerClient)
	return nil
}

// limitations makes the list what is said, of limitations that the product has.
func (c EditionChange) limitations(spec *v1alpha1.EditionSpec, product *v1alpha1.Product) error {
	was := make(map[string]v1alpha1.EditionLimitation, len(spec.Limitations))
	for _, limitation := range spec.Limitations {
		was[limitation.ID] = limitation
	}
	spec.Limitations = nil
	listed := map[string]bool{}
	for _, change := range c.Limitations {
		current, found := was[change.ID]
		switch {
		case listed[change.ID]:
			return invalid("$.limitations: limitation %s is listed twice", change.ID)
		case !hasLimitation(product, change.ID) && !found:
			return errorf(LimitationUnknown, "limitations: product %s has no limitation %.64s", product.Spec.DisplayName, change.ID)
		case change.PerToken:
			return errorf(NotSupported, "limitations: limitation %s has consumption_balance_mode 1, a balance of each token, which is not supported", change.ID)
		case !found:
			current = v1alpha1.EditionLimitation{Limitation: v1alpha1.Limitation{ID: change.ID, ResetMode: v1alpha1.ResetNever}}
		}
		listed[change.ID] = true
		change.put(&current)
		if err := validLimitation(current.Limitation); err != nil {
			return err
		}
		spec.Limitations = append(spec.Limitations, current)
	}
	return nil
}

func (c EditionLimitationChange) put(limitation *v1alpha1.EditionLimitation) {
	limitation.Limitation = withValues(limitation.Limitation, c.changed(limitation.Limitation))
	c.Goodwill.text(&limitation.Goodwill)
	flag(&limitation.Adjustable, c.Adjustable, false)
	flag(&limitation.Enforce, c.Enforce, true)
	flag(&limitation.UserProvisioning, c.UserProvisioning, false)
}

// flag leaves out what says nothing else than the field does when it is left out.
func flag(field **bool, wanted *bool, fallback bool) {
	stands := fallback
	if *field != nil {
		stands = **field
	}
	if wanted != nil && *wanted != stands {
		*field = wanted
	}
}

func hasLimitation(product *v1alpha1.Product, id string) bool {
	_, found := productLimitation(product, id)
	return found
}
