package embedded

import (
	"context"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
)

// resetModes are those of the objects, by the numbers that clients know them by.
var resetModes = []v1alpha1.ResetMode{
	v1alpha1.ResetDisabled, v1alpha1.ResetNever, v1alpha1.ResetPeriodically, v1alpha1.ResetFirstDayOfMonth,
	v1alpha1.ResetFirstDayEachQuarter, v1alpha1.ResetFirstDayOfYear,
}

func lineItemName(licenseID string) string { return "license-" + licenseID }

// Sell makes a Product, an Edition, an Instance and a LineItem, those that are not there yet.
func (s *Shop) Sell(ctx context.Context, sale namedusers.Sale) error {
	if sale.EditionID == "" {
		return s.sellWithoutEdition(ctx, sale)
	}
	product := &v1alpha1.Product{Spec: v1alpha1.ProductSpec{ProductID: sale.ProductID, DisplayName: "Product " + sale.ProductID}}
	edition := &v1alpha1.Edition{Spec: v1alpha1.EditionSpec{
		EditionID: sale.EditionID, ProductRef: v1alpha1.ProductReference{Name: "product-" + sale.ProductID}, DisplayName: "Edition " + sale.EditionID,
		ProvisioningMode: v1alpha1.ProvisioningNamed, ClientType: v1alpha1.ClientUsers,
		ActivationOnCreation: v1alpha1.ActivationOnCreation(sale.Activation),
	}}
	if sale.Devices {
		edition.Spec.ClientType = v1alpha1.ClientDevices
	}
	if terms := sale.Floating; terms != nil {
		edition.Spec.ProvisioningMode = v1alpha1.ProvisioningFloating
		edition.Spec.Floating = &v1alpha1.FloatingTerms{
			Limit: number(&terms.Limit), Enforce: new(!terms.NotEnforced),
			SessionPeriodMinutes: int32(terms.PeriodMinutes), SessionsPerClient: int32(terms.PerClient), //nolint:gosec // chosen by cases
		}
	}
	for _, l := range sale.Limitations {
		product.Spec.Limitations = append(product.Spec.Limitations, v1alpha1.ProductLimitation{ID: l.ID, Name: l.Name})
		edition.Spec.Limitations = append(edition.Spec.Limitations, v1alpha1.EditionLimitation{Limitation: limitationOf(l, ""), Adjustable: new(l.Adjustable)})
	}
	item := s.lineItem(sale)
	item.Spec.EditionRef = &v1alpha1.EditionReference{Name: "edition-" + sale.EditionID}
	if err := s.create(ctx, "product-"+sale.ProductID, product); err != nil {
		return err
	}
	if err := s.create(ctx, "edition-"+sale.EditionID, edition); err != nil {
		return err
	}
	return s.deliver(ctx, sale, item)
}

func (s *Shop) sellWithoutEdition(ctx context.Context, sale namedusers.Sale) error {
	item := s.lineItem(sale)
	item.Spec.Product = sale.ProductID
	for _, l := range sale.Limitations {
		item.Spec.Limitations = append(item.Spec.Limitations, limitationOf(l, l.Name))
	}
	return s.deliver(ctx, sale, item)
}

func (s *Shop) deliver(ctx context.Context, sale namedusers.Sale, item *v1alpha1.LineItem) error {
	instance := &v1alpha1.Instance{Spec: v1alpha1.InstanceSpec{
		AccountID: sale.CustomerNumber, ShortName: sale.CustomerNumber, AllowedNamespaces: v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromSame},
	}}
	if err := s.create(ctx, sale.CustomerNumber, instance); err != nil {
		return err
	}
	if err := s.create(ctx, lineItemName(sale.LicenseID), item); err != nil {
		return err
	}
	return s.settled(ctx, item.Name)
}

func (s *Shop) lineItem(sale namedusers.Sale) *v1alpha1.LineItem {
	item := &v1alpha1.LineItem{Spec: v1alpha1.LineItemSpec{
		InstanceRef: v1alpha1.LocalInstanceReference{Name: sale.CustomerNumber}, LicenseID: sale.LicenseID, ActivationID: sale.LicenseID,
		State: v1alpha1.LineItemDeployed, Start: v1alpha1.NewTime(sale.Start), End: v1alpha1.NewTime(sale.End), Elastic: new(false),
		UserLimit: number(sale.UserLimit), TokenLimit: number(sale.TokenLimit), DisplayName: "License " + sale.LicenseID,
	}}
	if sale.Inactive {
		item.Spec.State = v1alpha1.LineItemInactive
	}
	for _, g := range sale.Groups {
		item.Spec.UserGroups = append(item.Spec.UserGroups, v1alpha1.UserGroup{ID: g.ID, Name: g.Name, UserLimit: number(&g.UserLimit)})
	}
	return item
}

func limitationOf(l namedusers.Limitation, name string) v1alpha1.Limitation {
	made := v1alpha1.Limitation{
		ID: l.ID, Name: name, UserProvisioning: new(l.UserProvisioning), ResetMode: resetModes[l.ResetMode], Enforce: new(!l.NotEnforced),
		Goodwill: v1alpha1.Decimal(l.Goodwill),
	}
	if l.Limit != nil {
		made.Limit = new(int64(*l.Limit))
	}
	if l.Days > 0 {
		made.ResetPeriodDays = int32(l.Days) //nolint:gosec // chosen by cases
	}
	return made
}

func number(n *int) *int32 {
	if n == nil {
		return nil
	}
	return new(int32(*n)) //nolint:gosec // chosen by cases
}
