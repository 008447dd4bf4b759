package licenses

import (
	"slices"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// LicenseChange is what a call says of a license. What it does not say stays as it is; of a new license, as the edition
// has it.
type LicenseChange struct {
	// ID, CustomerID, ProductID and EditionID are empty where nothing is said.
	ID, CustomerID, ProductID, EditionID string
	Name, Description                    Setting[string]
	TokenLimit, UserLimit, FloatingLimit Setting[int32]
	Expiration                           *ExpirationMode
	Starts, Expires                      Setting[time.Time]
	Active                               *bool
	Limitations                          []LimitationChange
}

// LimitationChange is what a call says of a limitation of a license.
type LimitationChange struct {
	ID              string
	Limit           Setting[int64]
	ResetMode       *v1alpha1.ResetMode
	ResetPeriodDays Setting[int32]
}

// ExpirationMode says when a license expires.
type ExpirationMode int

// The expiration modes. Days after the activation are not supported.
const (
	ExpiresNever           ExpirationMode = 1
	ExpiresAtDate          ExpirationMode = 2
	ExpiresAfterActivation ExpirationMode = 3
)

// never is the end of a license that does not expire.
var never = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)

// NeverExpires tells whether an end is no end.
func NeverExpires(end time.Time) bool { return end.Year() == never.Year() }

// licenseFields are those that have other names in a call.
var licenseFields = declaration.Fields{
	"licenseID": ".id", "displayName": ".name", "tokenLimit": ".token_limit", "userLimit": ".user_limit", "description": ".description",
	"floatingLimit": ".floating_token_limit", "start": ".start_date_utc", "end": ".expiration_date_utc", "state": ".is_active",
	"limitations": ".license_limitations", "editionRef": ".template_id", "instanceRef": ".customer_id", "product": ".product_id",
}

// onto puts what is said into the spec of a license whose terms are given, before the change but for its edition.
func (c LicenseChange) onto(spec *v1alpha1.LineItemSpec, terms kubestore.LicenseTerms, edition *v1alpha1.Edition) error {
	c.Name.text(&spec.DisplayName)
	c.Description.text(&spec.Description)
	tokenLimit(c.TokenLimit, &spec.TokenLimit, terms.TokenLimit)
	c.UserLimit.onto(&spec.UserLimit, terms.UserLimit)
	if err := c.floatingLimit(spec, terms); err != nil {
		return err
	}
	if err := c.dates(spec); err != nil {
		return err
	}
	if err := c.state(spec); err != nil {
		return err
	}
	for _, change := range c.Limitations {
		if err := change.onto(spec, terms, edition); err != nil {
			return err
		}
	}
	return nil
}

func (c LicenseChange) floatingLimit(spec *v1alpha1.LineItemSpec, terms kubestore.LicenseTerms) error {
	if terms.Floating != nil {
		c.FloatingLimit.onto(&spec.FloatingLimit, terms.Floating.Limit)
		return nil
	}
	if limit := c.FloatingLimit.Value; limit != nil && *limit > 0 {
		return errorf(LicenseNotFit, "floating_token_limit: %d, the license is %s and has no floating tokens", *limit, terms.ProvisioningMode)
	}
	return nil
}

func (c LicenseChange) state(spec *v1alpha1.LineItemSpec) error {
	switch {
	case c.Active == nil, *c.Active == (spec.State == v1alpha1.LineItemDeployed):
	case spec.State == v1alpha1.LineItemObsolete:
		if *c.Active {
			return errorf(LicenseNotFit, "is_active: the license is %s, which is final, and cannot be switched on", v1alpha1.LineItemObsolete)
		}
	case *c.Active:
		spec.State = v1alpha1.LineItemDeployed
	default:
		spec.State = v1alpha1.LineItemInactive
	}
	return nil
}

// dates keeps a time that stands: it may be more exact than what clients are shown.
func (c LicenseChange) dates(spec *v1alpha1.LineItemSpec) error {
	if starts := c.Starts.Value; starts != nil && !spec.Start.Time.Equal(*starts) {
		spec.Start = v1alpha1.NewTime(*starts)
	}
	mode := ExpiresAtDate
	switch {
	case c.Expiration != nil:
		mode = *c.Expiration
	case c.Expires.Said && c.Expires.Value == nil, !c.Expires.Said && NeverExpires(spec.End.Time):
		mode = ExpiresNever
	}
	switch end := spec.End; {
	case mode == ExpiresAfterActivation:
		return errorf(NotSupported, "expiration_mode: %d, days after the activation, is not supported: use %d, at a date, or %d, never",
			mode, ExpiresAtDate, ExpiresNever)
	case mode == ExpiresNever:
		if !NeverExpires(end.Time) {
			spec.End = v1alpha1.NewTime(never)
		}
	case c.Expires.Value != nil:
		if !end.Time.Equal(*c.Expires.Value) {
			spec.End = v1alpha1.NewTime(*c.Expires.Value)
		}
	case c.Expires.Said, NeverExpires(end.Time):
		return errorf(ValueMissing, "expiration_date_utc: is missing but it is required with expiration_mode %d", ExpiresAtDate)
	}
	if !spec.Start.Time.Before(spec.End.Time) {
		return invalid("$.start_date_utc: %s, must be before $.expiration_date_utc, %s", spec.Start.Format(time.RFC3339), spec.End.Format(time.RFC3339))
	}
	return nil
}

// onto changes a limitation of the license. One of an edition is replaced in what the license may have another way, if it
// may; without an edition it is the license's own.
func (c LimitationChange) onto(spec *v1alpha1.LineItemSpec, terms kubestore.LicenseTerms, edition *v1alpha1.Edition) error {
	effective, found := terms.Limitation(c.ID)
	if !found {
		return errorf(LimitationUnknown, "license_limitations: the license has no limitation %.64s", c.ID)
	}
	i := slices.IndexFunc(spec.Limitations, func(own v1alpha1.Limitation) bool { return own.ID == c.ID })
	was := v1alpha1.Limitation{
		ID: c.ID, Limit: effective.Limit, ResetMode: v1alpha1.ResetMode(effective.ResetMode), ResetPeriodDays: int32(effective.ResetPeriodDays),
	}
	wanted := c.changed(was)
	if sameValues(was, wanted) {
		return nil
	}
	if edition == nil {
		spec.Limitations[i] = withValues(spec.Limitations[i], wanted)
		return validLimitation(spec.Limitations[i])
	}
	if !effective.Adjustable {
		return errorf(PropertyFixed, "license_limitations: limitation %s is not adjustable: all licenses of template %s have it alike", c.ID, terms.EditionID)
	}
	declared := editionLimitation(edition, c.ID)
	switch follows := sameValues(declared, wanted); {
	case follows && i >= 0:
		spec.Limitations = slices.Delete(spec.Limitations, i, i+1)
	case follows:
	case i >= 0:
		spec.Limitations[i] = withValues(spec.Limitations[i], wanted)
	default:
		spec.Limitations = append(spec.Limitations, wanted)
	}
	return validLimitation(withValues(declared, wanted))
}

func (c LimitationChange) changed(limitation v1alpha1.Limitation) v1alpha1.Limitation {
	if c.Limit.Said && !shownAs(c.Limit.Value, limitation.Limit) {
		limitation.Limit = c.Limit.Value
	}
	if c.ResetMode != nil {
		limitation.ResetMode = *c.ResetMode
	}
	if c.ResetPeriodDays.Said {
		limitation.ResetPeriodDays = 0
		if days := c.ResetPeriodDays.Value; days != nil {
			limitation.ResetPeriodDays = *days
		}
	}
	if limitation.ResetMode != v1alpha1.ResetPeriodically {
		limitation.ResetPeriodDays = 0
	}
	return limitation
}
