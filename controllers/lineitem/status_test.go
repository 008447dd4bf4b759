package lineitem

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var (
	start = time.Date(2023, 9, 27, 0, 0, 0, 0, time.UTC)
	end   = time.Date(2026, 9, 26, 0, 0, 0, 0, time.UTC)
	now   = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
)

// deployed is a line item in order with 30 of 100 tokens used, after edits to its spec.
func deployed(edits ...func(*v1alpha1.LineItem)) Input {
	object := &v1alpha1.LineItem{
		ObjectMeta: metav1.ObjectMeta{Name: "tokens", Namespace: "shop", UID: "uid", Generation: 1, CreationTimestamp: metav1.NewTime(start)},
		Spec: v1alpha1.LineItemSpec{
			InstanceRef: v1alpha1.LocalInstanceReference{Name: "acme"}, ActivationID: "ACT01", State: v1alpha1.LineItemDeployed,
			Quantity: 100, Start: v1alpha1.NewTime(start), End: v1alpha1.NewTime(end), Elastic: new(true), RateTableSeries: "Apps",
		},
	}
	for _, edit := range edits {
		edit(object)
	}
	in := Input{
		Object: object, InstanceFound: true, Now: now, Rates: &licensing.RateTable{Name: "apps-1", Series: "Apps", Version: "1"},
		Account: &ledger.Snapshot{Usage: licensing.Usage{"ACT01": 30 * licensing.Token}, Balances: map[ledger.LimitationKey]licensing.Balance{}},
	}
	in.LineItem, in.Unusable = kubestore.LineItem(object)
	in.Terms, _ = kubestore.Terms(object, nil, nil)
	return in
}

func said(conditions []metav1.Condition, conditionType string) string {
	c := apimeta.FindStatusCondition(conditions, conditionType)
	if c == nil {
		return conditionType + " is not there"
	}
	return fmt.Sprintf("%s=%s %s %s", c.Type, c.Status, c.Reason, c.Message)
}

func TestConditions(t *testing.T) {
	change := func(in Input, edit func(*Input)) Input {
		edit(&in)
		return in
	}
	state := func(s v1alpha1.LineItemState) Input { return deployed(func(l *v1alpha1.LineItem) { l.Spec.State = s }) }
	for name, test := range map[string]struct {
		in   Input
		want string
	}{
		"deployed, in range and priced is active":              {deployed(), "Active=True Deployed may be charged until 2026-09-26T00:00:00Z"},
		"INACTIVE is not":                                      {state(v1alpha1.LineItemInactive), "Active=False Inactive state is INACTIVE: not charged until it is DEPLOYED"},
		"OBSOLETE is not":                                      {state(v1alpha1.LineItemObsolete), "Active=False Obsolete state is OBSOLETE, which is final"},
		"before start it is not":                               {change(deployed(), func(in *Input) { in.Now = start.Add(-1) }), "Active=False NotStarted starts at 2023-09-27T00:00:00Z"},
		"at start it is":                                       {change(deployed(), func(in *Input) { in.Now = start }), "Active=True Deployed may be charged until 2026-09-26T00:00:00Z"},
		"at end it is no longer":                               {change(deployed(), func(in *Input) { in.Now = end }), "Active=False Expired ended at 2026-09-26T00:00:00Z"},
		"timezone tolerance keeps it for 12 hours":             {change(deployed(), func(in *Input) { in.Now, in.TimezoneTolerant = end, true }), "Active=True Deployed may be charged until 2026-09-26T00:00:00Z, 12 hours of timezone tolerance aside"},
		"a license for named users is not charged":             {deployed(func(l *v1alpha1.LineItem) { l.Spec.Elastic = new(false) }), "Active=False NotElastic elastic is false: sessions are not charged here; valid until 2026-09-26T00:00:00Z"},
		"without a price it is not":                            {change(deployed(), func(in *Input) { in.Rates = nil }), "Active=False NoEffectiveRateTable no rate table of series Apps is effective: nothing has a price"},
		"a price to come is told":                              {change(deployed(), func(in *Input) { in.Rates, in.NextRates = nil, end }), "Active=False NoEffectiveRateTable no rate table of series Apps is effective before 2026-09-26T00:00:00Z: nothing has a price"},
		"without a price somebody waits":                       {change(deployed(), func(in *Input) { in.Rates = nil }), "Ready=False NoEffectiveRateTable no rate table of series Apps is effective: nothing has a price"},
		"an expired one is in order":                           {change(deployed(), func(in *Input) { in.Now = end }), "Ready=True Reconciled ended at 2026-09-26T00:00:00Z"},
		"the instance is named that is missing":                {change(deployed(), func(in *Input) { in.InstanceFound, in.Account = false, nil }), "Bound=False InstanceNotFound instance acme does not exist in namespace shop"},
		"a duplicate is stalled":                               {change(deployed(), func(in *Input) { in.StandingLineItem = "first" }), "Stalled=True DuplicateID line item first, which is older, has activation id ACT01 already"},
		"a duplicate is not active":                            {change(deployed(), func(in *Input) { in.StandingLineItem = "first" }), "Active=False DuplicateID line item first, which is older, has activation id ACT01 already"},
		"a halted account stalls":                              {change(deployed(), func(in *Input) { in.Account, in.Halted = nil, true }), "Stalled=True LedgerNotHealthy the account of instance acme is not in order, nothing is charged: its condition LedgerHealthy says why"},
		"an account that cannot be read is waited for":         {change(deployed(), func(in *Input) { in.Account = nil }), "Reconciling=True LedgerUnavailable the account of the instance cannot be read at the moment; it is tried again"},
		"an invalid limitation stalls":                         {change(deployed(), func(in *Input) { in.Terms.Invalid = errors.New("spec.limitations[a]: goodwill: no") }), "Stalled=True InvalidSpec spec.limitations[a]: goodwill: no"},
		"and leaves what is charged alone":                     {change(deployed(), func(in *Input) { in.Terms.Invalid = errors.New("spec.limitations[a]: goodwill: no") }), "Active=True Deployed may be charged until 2026-09-26T00:00:00Z"},
		"more users than the limit are told, not refused":      {withUsers(1, 1), "Ready=True UserLimitExceeded userLimit is 1: 1 users who are switched on have no seat and may not use the license"},
		"as many users as the limit are nothing to report":     {withUsers(2, 2), "Ready=True Reconciled may be charged until 2026-09-26T00:00:00Z"},
		"users who are about to get a seat are nothing either": {withUsers(2, 1), "Ready=True Reconciled may be charged until 2026-09-26T00:00:00Z"},
		"an edition that is missing is waited for": {change(deployed(), func(in *Input) {
			in.NoTerms = &kubestore.TermsError{Reason: v1alpha1.ReasonEditionNotFound, Message: "editionRef: edition pro does not exist in namespace shop"}
		}), "Reconciling=True EditionNotFound editionRef: edition pro does not exist in namespace shop: nothing new is granted until it does"},
		"an edition of another kind stalls": {change(deployed(), func(in *Input) {
			in.NoTerms = &kubestore.TermsError{Reason: v1alpha1.ReasonEditionNotPossible, Message: "editionRef: edition pro is Floating"}
		}), "Stalled=True EditionNotPossible editionRef: edition pro is Floating: nothing new is granted until editionRef names another one"},
		"a license without tokens has none to use up": {deployed(func(l *v1alpha1.LineItem) { l.Spec.Quantity, l.Spec.Product = 0, "suite" }), "Exhausted is not there"},
		"tokens are charged without it": {change(deployed(), func(in *Input) {
			in.NoTerms = &kubestore.TermsError{Reason: v1alpha1.ReasonEditionNotFound, Message: "editionRef: edition pro does not exist in namespace shop"}
		}), "Active=True Deployed may be charged until 2026-09-26T00:00:00Z"},
		"what an edition does not leave open is said": {change(deployed(), func(in *Input) {
			in.Terms.Problems = []string{"limitations[a] is ignored", "floatingLimit is ignored"}
		}), "Ready=True OverrideIgnored limitations[a] is ignored; floatingLimit is ignored"},
		"a duplicate license stalls": {change(deployed(), func(in *Input) { in.StandingLicense = "first" }), "Stalled=True DuplicateID line item first, which is older, has license id uid already, and clients that name it mean that one"},
	} {
		t.Run(name, func(t *testing.T) {
			conditionType, _, _ := strings.Cut(strings.Fields(test.want)[0], "=")
			if got := said(Status(test.in).Conditions, conditionType); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// withUsers is a line item with two users who are switched on, of whom so many have a seat.
func withUsers(limit int32, seated int) Input {
	in := deployed(func(l *v1alpha1.LineItem) { l.Spec.UserLimit = &limit })
	in.Users = Users{Total: 2, Seated: seated, Waiting: 2 - seated}
	return in
}

func TestUsersAreCountedBySeats(t *testing.T) {
	user := func(active, seated bool) *v1alpha1.UserProvisioning {
		user := &v1alpha1.UserProvisioning{Spec: v1alpha1.UserProvisioningSpec{Active: &active}}
		if seated {
			user.Status.Seat = &v1alpha1.Seat{TransactionID: "T1"}
		}
		return user
	}
	standing := []*v1alpha1.UserProvisioning{user(true, true), user(true, false), user(false, false), user(false, true)}
	counts := countUsers(kubestore.LicenseUsers{
		Standing: standing, Duplicates: map[*v1alpha1.UserProvisioning]*v1alpha1.UserProvisioning{user(true, false): standing[0]},
	})
	if want := (Users{Total: 5, Seated: 2, Waiting: 1}); counts != want {
		t.Errorf("%+v, want %+v", counts, want)
	}
	in := deployed(func(l *v1alpha1.LineItem) { l.Spec.UserLimit = new(int32(9)) })
	in.Users = counts
	if got := Status(in).Users; *got.Active != 2 || *got.Inactive != 3 {
		t.Errorf("%d active, %d inactive", *got.Active, *got.Inactive)
	}
}

func TestUsage(t *testing.T) {
	with := func(overdraft v1alpha1.Overdraft, used licensing.Tokens) Input {
		in := deployed(func(l *v1alpha1.LineItem) { l.Spec.Overdraft = overdraft })
		in.Account.Usage["ACT01"] = used
		return in
	}
	number := v1alpha1.Overdraft{Type: v1alpha1.OverdraftNumber, Limit: new(int64(20))}
	unlimited := v1alpha1.Overdraft{Type: v1alpha1.OverdraftUnlimited}
	for name, test := range map[string]struct {
		in                                      Input
		used, available, overdraft, exhaustedIs string
	}{
		"below the quantity":       {deployed(), "30", "70", "", "Exhausted=False TokensAvailable 30 of quantity 100 used"},
		"a fraction is left":       {with(v1alpha1.Overdraft{}, 99_999_999), "99.999999", "0.000001", "", "Exhausted=False TokensAvailable 99.999999 of quantity 100 used"},
		"the quantity is used up":  {with(v1alpha1.Overdraft{}, 100*licensing.Token), "100", "0", "", "Exhausted=True TokensUsedUp 100 used of quantity 100 and overdraft 0"},
		"the quantity was lowered": {with(v1alpha1.Overdraft{}, 130*licensing.Token), "130", "0", "30", "Exhausted=True TokensUsedUp 130 used of quantity 100 and overdraft 0"},
		"the overdraft is in use":  {with(number, 105*licensing.Token), "105", "15", "5", "Exhausted=False OverdraftInUse quantity 100 is used up; 5 of overdraft 20 used"},
		"the overdraft is used up": {with(number, 120*licensing.Token), "120", "0", "20", "Exhausted=True TokensUsedUp 120 used of quantity 100 and overdraft 20"},
		"the overdraft is unused":  {with(number, 0), "0", "120", "0", "Exhausted=False TokensAvailable 0 of quantity 100 used"},
		"an endless overdraft":     {with(unlimited, 105*licensing.Token), "105", "", "5", "Exhausted=False OverdraftInUse quantity 100 is used up; 5 of the unlimited overdraft used"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Status(test.in)
			figures := []string{got.Used.String(), got.Available.String(), got.OverdraftUsed.String(), said(got.Conditions, v1alpha1.ConditionExhausted)}
			if diff := cmp.Diff([]string{test.used, test.available, test.overdraft, test.exhaustedIs}, figures); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFiguresStayWhileTheAccountCannotBeRead(t *testing.T) {
	in := deployed(func(l *v1alpha1.LineItem) {
		l.Spec.Limitations = []v1alpha1.Limitation{{ID: "calls", Limit: new(int64(10)), ResetMode: v1alpha1.ResetNever}}
	})
	known := Status(in)
	in.Object.Status, in.Account = known, nil
	got := Status(in)
	if got.Used != known.Used || got.Available != known.Available || !cmp.Equal(got.Limitations, known.Limitations) ||
		said(got.Conditions, "Exhausted") != said(known.Conditions, "Exhausted") {
		t.Errorf("got %+v", got)
	}
	in.StandingLineItem = "first"
	if got := Status(in); got.Used != "" || got.Limitations != nil {
		t.Errorf("a duplicate shows the figures of the line item that stands: %+v", got)
	}
}

func TestAllocations(t *testing.T) {
	in := deployed(func(l *v1alpha1.LineItem) {
		l.Spec.AccessActions = []v1alpha1.AccessAction{
			{ID: "engineering", ConditionID: "engineering", Action: v1alpha1.AccessActionAllow, Allocation: "150"},
			{ID: "lowered", ConditionID: "product", Action: v1alpha1.AccessActionAllow, Allocation: "0.5"},
			{ID: "unused", ConditionID: "sales", Action: v1alpha1.AccessActionAllow, Allocation: "7"},
			{ID: "closed", ConditionID: "guests", Action: v1alpha1.AccessActionDeny, Allocation: "7"},
			{ID: "rest", Action: v1alpha1.AccessActionAllow},
		}
	})
	in.Account.Allocations = licensing.Allocations{
		{ActivationID: "ACT01", ActionID: "engineering"}: 29_333_333, {ActivationID: "ACT01", ActionID: "lowered"}: licensing.Token,
		{ActivationID: "ACT02", ActionID: "unused"}: licensing.Token,
	}
	want := []v1alpha1.AccessActionStatus{
		{ID: "engineering", Used: "29.333333", Remaining: "120.666667"},
		{ID: "lowered", Used: "1", Remaining: "0"},
		{ID: "unused", Used: "0", Remaining: "7"},
	}
	if diff := cmp.Diff(want, Status(in).AccessActions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	in.Object.Status.AccessActions, in.Account = want[:1], nil
	if diff := cmp.Diff(want[:1], Status(in).AccessActions); diff != "" {
		t.Errorf("while the account cannot be read (-want +got):\n%s", diff)
	}
}

func TestLimitations(t *testing.T) {
	in := deployed(func(l *v1alpha1.LineItem) {
		l.Spec.Limitations = []v1alpha1.Limitation{
			{ID: "seats", Limit: new(int64(2)), UserProvisioning: new(true), ResetMode: v1alpha1.ResetNever},
			{ID: "calls", Limit: new(int64(10)), ResetMode: v1alpha1.ResetFirstDayOfMonth},
			{ID: "stale", Limit: new(int64(10)), ResetMode: v1alpha1.ResetFirstDayOfMonth},
			{ID: "endless", Name: "Endless", ResetMode: v1alpha1.ResetNever},
			{ID: "static", Limit: new(int64(4)), ResetMode: v1alpha1.ResetDisabled},
		}
	})
	march := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	in.Account.Balances = map[ledger.LimitationKey]licensing.Balance{
		{ActivationID: "ACT01", LimitationID: "seats"}:           {Consumed: 3 * licensing.Token},
		{ActivationID: "ACT01", LimitationID: licensing.TokenID}: {Consumed: 2 * licensing.Token},
		{ActivationID: "ACT01", LimitationID: "calls"}:           {Consumed: 1_500_000, LastReset: march, Period: 3},
		{ActivationID: "ACT01", LimitationID: "stale"}:           {Consumed: 9 * licensing.Token, LastReset: march.AddDate(0, -1, 0), Period: 2},
		{ActivationID: "OTHER", LimitationID: "calls"}:           {Consumed: 9 * licensing.Token, LastReset: march, Period: 1},
	}
	at := func(t time.Time) *v1alpha1.Time { return new(v1alpha1.NewTime(t)) }
	want := []v1alpha1.LimitationStatus{
		{ID: "seats", Limit: new(int64(2)), Used: "3", Remaining: "-1"},
		{ID: "calls", Limit: new(int64(10)), Used: "1.5", Remaining: "8.5", LastResetTime: at(march), NextResetTime: at(march.AddDate(0, 1, 0))},
		{ID: "stale", Limit: new(int64(10)), Used: "0", Remaining: "10", LastResetTime: at(march), NextResetTime: at(march.AddDate(0, 1, 0))},
		{ID: "endless", Used: "0", LastResetTime: at(start)},
		{ID: "static", Limit: new(int64(4))},
	}
	got := Status(in)
	if diff := cmp.Diff(want, got.Limitations); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := "seats 3/2, calls 1.5/10, stale 0/10, Endless 0/unlimited"; got.LimitationUsage != want {
		t.Errorf("usage %q, want %q", got.LimitationUsage, want)
	}
	if got.Activations == nil || *got.Activations != 2 {
		t.Errorf("activations %v", got.Activations)
	}
	if moments := in.changes(got); !moments[len(moments)-1].Equal(march.AddDate(0, 1, 0)) {
		t.Errorf("the next reset is not waited for: %v", moments)
	}
}

func TestEffectiveIDs(t *testing.T) {
	in := deployed(func(l *v1alpha1.LineItem) { l.Spec.ActivationID = "" })
	if got := Status(in); got.ActivationID != "uid" || got.LicenseID != "uid" || got.RatesFrom.Name != "apps-1" {
		t.Errorf("got %+v", got)
	}
	if got := Status(in); got.Users != nil || got.EditionID != "" || got.Activations != nil {
		t.Errorf("of a line item that is no license: %+v", got)
	}
	in = deployed(func(l *v1alpha1.LineItem) { l.Spec.Product, l.Spec.LicenseID = "suite", "license-1" })
	got := Status(in)
	if got.LicenseID != "license-1" || got.EditionID != kubestore.ImpliedEditionID("license-1") || got.ProductID != kubestore.NamedProductID("shop", "suite") {
		t.Errorf("got %+v", got)
	}
	in.Object.Status = got
	in.Terms, in.NoTerms = kubestore.LicenseTerms{}, &kubestore.TermsError{Reason: v1alpha1.ReasonEditionNotFound}
	if without := Status(in); without.EditionID != got.EditionID || without.ProductID != got.ProductID || without.ClientType != v1alpha1.ClientUsers {
		t.Errorf("while its edition is missing: %+v", without)
	}
}
