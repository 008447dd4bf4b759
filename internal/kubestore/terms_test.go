package kubestore

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const (
	someUUID  = "0b3f2f4e-6c1d-4c52-8a4e-0f7b1c2d3e4f"
	otherUUID = "9a1e7d20-52b3-4e1f-b7c6-3d5f8a9b0c1d"
)

func anEdition() *v1alpha1.Edition {
	return &v1alpha1.Edition{
		ObjectMeta: metav1.ObjectMeta{Namespace: "producer", Name: "pro", UID: "edition-uid"},
		Spec: v1alpha1.EditionSpec{
			ProductRef: v1alpha1.ProductReference{Name: "suite"}, ProvisioningMode: v1alpha1.ProvisioningNamed, ClientType: v1alpha1.ClientUsers,
			TokenLimit: new(int32(5)), UserLimit: new(int32(10)),
			Limitations: []v1alpha1.EditionLimitation{
				{Limitation: v1alpha1.Limitation{ID: "api", Limit: new(int64(3)), UserProvisioning: new(true), ResetMode: v1alpha1.ResetNever}},
				{Limitation: v1alpha1.Limitation{ID: "calls", Name: "Calls", Limit: new(int64(100)), Goodwill: "20", ResetMode: v1alpha1.ResetFirstDayOfMonth}, Adjustable: new(true)},
			},
		},
	}
}

func aProduct() *v1alpha1.Product {
	return &v1alpha1.Product{
		ObjectMeta: metav1.ObjectMeta{Namespace: "producer", Name: "suite", UID: "product-uid"},
		Spec: v1alpha1.ProductSpec{
			DisplayName: "The Suite",
			Limitations: []v1alpha1.ProductLimitation{{ID: "api", Name: "API", Description: "Calls from programs."}, {ID: "calls", Name: "Not this"}},
		},
	}
}

func ofEdition(change func(*v1alpha1.LineItem)) *v1alpha1.LineItem {
	lineItem := &v1alpha1.LineItem{
		ObjectMeta: metav1.ObjectMeta{Namespace: "producer", Name: "license", UID: "license-uid"},
		Spec:       v1alpha1.LineItemSpec{EditionRef: &v1alpha1.EditionReference{Name: "pro"}},
	}
	if change != nil {
		change(lineItem)
	}
	return lineItem
}

func TestLicenseOfAnEditionHasItsTerms(t *testing.T) {
	got, err := Terms(ofEdition(nil), anEdition(), aProduct())
	if err != nil {
		t.Fatal(err)
	}
	want := LicenseTerms{
		LicenseID: "license-uid", EditionID: "edition-uid", ProductID: "product-uid", ProductName: "The Suite",
		ProvisioningMode: v1alpha1.ProvisioningNamed, ClientType: v1alpha1.ClientUsers, ActivationOnCreation: v1alpha1.ActivateNone,
		TokenLimit: new(int32(5)), UserLimit: new(int32(10)),
		Limitations: []EffectiveLimitation{
			{Limitation: licensing.Limitation{ID: "api", Name: "API", Limit: new(int64(3)), UserProvisioning: true, ResetMode: licensing.ResetNever, Enforce: true}, Description: "Calls from programs."},
			{Limitation: licensing.Limitation{ID: "calls", Name: "Calls", Limit: new(int64(100)), Goodwill: 20 * licensing.Token, ResetMode: licensing.ResetFirstDayOfMonth, Enforce: true}, Adjustable: true},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
}

func TestLineItemSaysOtherwiseWhereItMay(t *testing.T) {
	lineItem := ofEdition(func(l *v1alpha1.LineItem) {
		l.Spec.UserLimit, l.Spec.TokenLimit, l.Spec.FloatingLimit = new(int32(2)), new(int32(0)), new(int32(7))
		l.Spec.Limitations = []v1alpha1.Limitation{
			{ID: "calls", Limit: new(int64(500)), ResetMode: v1alpha1.ResetPeriodically, ResetPeriodDays: 7, Goodwill: "50", Enforce: new(false)},
			{ID: "api", Limit: new(int64(9)), ResetMode: v1alpha1.ResetNever},
			{ID: "nothing", ResetMode: v1alpha1.ResetNever},
		}
	})
	got, err := Terms(lineItem, anEdition(), aProduct())
	if err != nil {
		t.Fatal(err)
	}
	if *got.UserLimit != 2 || *got.TokenLimit != 0 || got.Floating != nil {
		t.Errorf("limits: users %d, tokens %d, floating %v", *got.UserLimit, *got.TokenLimit, got.Floating)
	}
	calls, _ := got.Limitation("calls")
	want := licensing.Limitation{
		ID: "calls", Name: "Calls", Limit: new(int64(500)), Goodwill: 20 * licensing.Token,
		ResetMode: licensing.ResetPeriodically, ResetPeriodDays: 7, Enforce: true,
	}
	if diff := cmp.Diff(want, calls.Limitation); diff != "" {
		t.Errorf("adjusted (-want +got):\n%s", diff)
	}
	if api, _ := got.Limitation("api"); *api.Limit != 3 {
		t.Errorf("limit of what is not adjustable: %d", *api.Limit)
	}
	problems := []string{
		"floatingLimit is ignored: edition pro is Named",
		"limitations[api] is ignored: edition pro does not have it adjustable",
		"limitations[calls].goodwill is ignored: it is the edition's",
		"limitations[calls].enforce is ignored: it is the edition's",
		"limitations[nothing] is ignored: edition pro has no such limitation",
	}
	if diff := cmp.Diff(problems, got.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestResetThatAnEditionCannotHaveIsIgnored(t *testing.T) {
	edition := anEdition()
	edition.Spec.Limitations[0].Adjustable = new(true)
	lineItem := ofEdition(func(l *v1alpha1.LineItem) {
		l.Spec.Limitations = []v1alpha1.Limitation{{ID: "api", Limit: new(int64(9)), ResetMode: v1alpha1.ResetFirstDayOfYear}}
	})
	got, err := Terms(lineItem, edition, aProduct())
	if err != nil {
		t.Fatal(err)
	}
	if api, _ := got.Limitation("api"); *api.Limit != 3 || api.ResetMode != licensing.ResetNever || len(got.Problems) != 1 {
		t.Errorf("%+v, problems %q", api, got.Problems)
	}
}

func TestFloatingTermsAreWhole(t *testing.T) {
	edition := anEdition()
	edition.Spec.ProvisioningMode = v1alpha1.ProvisioningFloating
	edition.Spec.Floating = &v1alpha1.FloatingTerms{Limit: new(int32(4))}
	for name, test := range map[string]struct {
		own  *int32
		want int32
	}{
		"the edition's limit":   {nil, 4},
		"the line item's limit": {new(int32(6)), 6},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Terms(ofEdition(func(l *v1alpha1.LineItem) { l.Spec.FloatingLimit = test.own }), edition, aProduct())
			if err != nil {
				t.Fatal(err)
			}
			want := &v1alpha1.FloatingTerms{Limit: &test.want, Enforce: new(true), SessionPeriodMinutes: 60}
			if diff := cmp.Diff(want, got.Floating); diff != "" {
				t.Errorf("floating (-want +got):\n%s", diff)
			}
		})
	}
	if *edition.Spec.Floating.Limit != 4 || edition.Spec.Floating.Enforce != nil {
		t.Errorf("the edition was changed: %+v", edition.Spec.Floating)
	}
}

func TestEditionThatDoesNotFitIsRefused(t *testing.T) {
	other := func(l *v1alpha1.LineItem) {
		l.Status.EditionID, l.Status.ProductID = otherUUID, "product-uid"
		l.Status.ProvisioningMode, l.Status.ClientType = v1alpha1.ProvisioningNamed, v1alpha1.ClientUsers
	}
	for name, test := range map[string]struct {
		lineItem *v1alpha1.LineItem
		edition  *v1alpha1.Edition
		product  *v1alpha1.Product
		want     string
	}{
		"none of that name":        {ofEdition(nil), nil, nil, "EditionNotFound: editionRef: edition pro does not exist in namespace producer"},
		"its product is missing":   {ofEdition(nil), anEdition(), nil, "ProductNotFound: editionRef: edition pro is of product suite, which does not exist in namespace producer"},
		"another of the same kind": {ofEdition(other), anEdition(), aProduct(), ""},
		"of another product": {ofEdition(func(l *v1alpha1.LineItem) { other(l); l.Status.ProductID = someUUID }), anEdition(), aProduct(),
			"EditionNotPossible: editionRef: edition pro is of product suite (product-uid), the license is of product " + someUUID + " and stays so"},
		"of another mode": {ofEdition(func(l *v1alpha1.LineItem) { other(l); l.Status.ProvisioningMode = v1alpha1.ProvisioningFloating }), anEdition(), aProduct(),
			"EditionNotPossible: editionRef: edition pro is Named, the license is Floating and stays so"},
		"for other clients": {ofEdition(func(l *v1alpha1.LineItem) { other(l); l.Status.ClientType = v1alpha1.ClientDevices }), anEdition(), aProduct(),
			"EditionNotPossible: editionRef: edition pro is for Users, the license is for Devices and stays so"},
		"a license that had none may get one of a product that only now has an object": {ofEdition(func(l *v1alpha1.LineItem) {
			other(l)
			l.Status.EditionID, l.Status.ProductID = ImpliedEditionID("license-uid"), NamedProductID("producer", "The Suite")
		}), anEdition(), aProduct(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Terms(test.lineItem, test.edition, test.product)
			got := ""
			if problem, ok := errors.AsType[*TermsError](err); ok {
				got = problem.Reason + ": " + problem.Message
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestLicenseWithoutEditionIsItsOwn(t *testing.T) {
	lineItem := ofEdition(func(l *v1alpha1.LineItem) {
		l.Spec.EditionRef, l.Spec.Product, l.Spec.LicenseID = nil, "suite", someUUID
		l.Spec.Limitations = []v1alpha1.Limitation{
			{ID: "api", Limit: new(int64(3)), ResetMode: v1alpha1.ResetNever},
			{ID: "broken", Goodwill: "nonsense", ResetMode: v1alpha1.ResetNever},
		}
	})
	got, err := Terms(lineItem, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Invalid == nil || len(got.Limitations) != 1 {
		t.Errorf("limitations %v, invalid: %v", got.Limitations, got.Invalid)
	}
	got.Limitations, got.Invalid = nil, nil
	want := LicenseTerms{
		LicenseID: someUUID, EditionID: ImpliedEditionID(someUUID), ProductID: NamedProductID("producer", "suite"), ProductName: "suite",
		ProvisioningMode: v1alpha1.ProvisioningNamed, ClientType: v1alpha1.ClientUsers, ActivationOnCreation: v1alpha1.ActivateWithTokenKey,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
	got, _ = Terms(lineItem, nil, aProduct())
	if api, _ := got.Limitation("api"); got.ProductID != "product-uid" || got.ProductName != "The Suite" || api.Name != "API" {
		t.Errorf("with the product's object: %+v", got)
	}
}

// Clients keep these ids: they may never change.
func TestDerivedIDsStay(t *testing.T) {
	acme := &v1alpha1.Instance{ObjectMeta: metav1.ObjectMeta{Namespace: "producer"}, Spec: v1alpha1.InstanceSpec{AccountID: "ACME"}}
	got := map[string]string{
		"implied edition": ImpliedEditionID(someUUID), "product by name": NamedProductID("producer", "suite"), "customer": CustomerID(acme),
		"product by id": NamedProductID("producer", someUUID),
	}
	acme.Spec.AccountID = someUUID
	got["customer by id"] = CustomerID(acme)
	want := map[string]string{
		"implied edition": "01b62350-8044-50e7-8678-9da5eab85a05", "product by name": "7642abec-6664-5561-b1cb-8f684e46c958", "customer": "93b4ae1c-a057-5ef6-b4a4-51f25e2db76a", "product by id": someUUID, "customer by id": someUUID,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

func TestValidityIsBySwitchAndDate(t *testing.T) {
	start, end := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		now      time.Time
		state    v1alpha1.LineItemState
		tolerant bool
		want     Validity
		valid    bool
	}{
		"within":                {now: start, state: v1alpha1.LineItemDeployed, want: Validity{IsActive: true}, valid: true},
		"before":                {now: start.Add(-1), state: v1alpha1.LineItemDeployed, want: Validity{IsActive: true, Date: DateNotYetValid}},
		"at the end":            {now: end, state: v1alpha1.LineItemDeployed, want: Validity{IsActive: true, Date: DateExpired}},
		"in the tolerance":      {now: end, state: v1alpha1.LineItemDeployed, tolerant: true, want: Validity{IsActive: true}, valid: true},
		"switched off":          {now: start, state: v1alpha1.LineItemInactive, want: Validity{}},
		"obsolete and over too": {now: end, state: v1alpha1.LineItemObsolete, want: Validity{Date: DateExpired}},
	} {
		t.Run(name, func(t *testing.T) {
			lineItem := &v1alpha1.LineItem{Spec: v1alpha1.LineItemSpec{State: test.state, Start: v1alpha1.NewTime(start), End: v1alpha1.NewTime(end)}}
			got := ValidityAt(lineItem, test.now, test.tolerant)
			valid, expired := got.IsValid(), got.IsExpired()
			got.Start, got.End = time.Time{}, time.Time{}
			if got != test.want || valid != test.valid || expired != (test.want.Date == DateExpired) {
				t.Errorf("%+v valid %t expired %t, want %+v valid %t", got, valid, expired, test.want, test.valid)
			}
		})
	}
}
