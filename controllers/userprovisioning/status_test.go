package userprovisioning

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

var (
	start = time.Date(2023, 9, 27, 0, 0, 0, 0, time.UTC)
	end   = time.Date(2026, 9, 26, 0, 0, 0, 0, time.UTC)
	now   = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
)

// pair is a license with two users who both list the same limitation: the older one has the only seat.
type pair struct {
	*License
	users kubestore.LicenseUsers
}

func newPair(editLicense func(*License), editUser func(*v1alpha1.UserProvisioning)) pair {
	limited := v1alpha1.Limitation{ID: "backup", Name: "Cloud Backup", Limit: new(int64(1)), UserProvisioning: new(true), ResetMode: v1alpha1.ResetNever}
	lineItem := &v1alpha1.LineItem{
		ObjectMeta: metav1.ObjectMeta{Name: "license", Namespace: "shop", UID: "uid"},
		Spec: v1alpha1.LineItemSpec{
			State: v1alpha1.LineItemDeployed, UserLimit: new(int32(1)), Start: v1alpha1.NewTime(start), End: v1alpha1.NewTime(end),
			Limitations: []v1alpha1.Limitation{limited, {ID: "calls", ResetMode: v1alpha1.ResetNever}, {ID: "bad", ResetMode: "Sometimes"}},
			UserGroups:  []v1alpha1.UserGroup{{ID: "g1", Name: "Research", UserLimit: new(int32(1))}},
		},
	}
	terms, _ := kubestore.Terms(lineItem, nil, nil)
	p := pair{License: newLicense(allotment.License{
		Name: "license", Found: true, ID: "uid", Terms: terms, State: lineItem.Spec.State, Validity: kubestore.ValidityAt(lineItem, now, false),
		Standing: true, InstanceFound: true, Account: ledger.AccountID{Namespace: "shop", Name: "acme"},
	}, now)}
	for _, id := range []string{"u1", "u2"} {
		user := &v1alpha1.UserProvisioning{
			ObjectMeta: metav1.ObjectMeta{Name: id, Namespace: "shop", UID: types.UID(id), Generation: 1},
			Spec:       v1alpha1.UserProvisioningSpec{UserID: id, Active: new(true), Limitations: []string{"backup"}},
		}
		if id == "u1" {
			user.Status.Seat = &v1alpha1.Seat{TransactionID: "T0"}
			editUser(user)
		}
		p.users.Standing = append(p.users.Standing, user)
	}
	editLicense(p.License)
	p.Validity = kubestore.ValidityAt(lineItem, p.Now, false)
	return p
}

// inputs are those of a pass in which no ledger was asked.
func (p pair) inputs() (inputs []Input) {
	pass := newPass(p.License, p.users, nil)
	for _, m := range pass.members {
		inputs = append(inputs, pass.input(m))
	}
	return inputs
}

func unedited[T any](*T) {}

func holds(user *v1alpha1.UserProvisioning) {
	user.Status.Holdings = []v1alpha1.Holding{{LimitationID: "backup", TransactionID: "T1", Origin: v1alpha1.HoldingOriginSpec}}
}

func said(conditions []metav1.Condition, conditionType string) string {
	c := apimeta.FindStatusCondition(conditions, conditionType)
	if c == nil {
		return conditionType + " is not there"
	}
	return fmt.Sprintf("%s=%s %s %s", c.Type, c.Status, c.Reason, c.Message)
}

func TestConditions(t *testing.T) {
	lists := func(ids ...string) func(*v1alpha1.UserProvisioning) {
		return func(u *v1alpha1.UserProvisioning) { u.Spec.Limitations = ids }
	}
	inactive := func(u *v1alpha1.UserProvisioning) { u.Spec.Active = new(false) }
	for name, test := range map[string]struct {
		license pair
		user    int
		want    []string
	}{
		"who holds all is ready": {newPair(unedited, holds), 0, []string{
			"Ready=True Reconciled the user may use the license and holds all that is listed",
			"Active=True UserActive the user may use license license",
			"Provisioned=True Provisioned the user holds a unit of every limitation listed",
			"Stalled is not there",
		}},
		"who lists nothing is ready": {newPair(unedited, lists()), 0, []string{
			"Ready=True Reconciled the user may use the license",
			"Provisioned=True NothingListed no limitation is listed",
		}},
		"an inactive user is as wished and keeps what is held": {newPair(unedited, func(u *v1alpha1.UserProvisioning) { holds(u); inactive(u) }), 0, []string{
			"Ready=True Reconciled active is false: the user keeps what is held and gets nothing new",
			"Active=False UserInactive active is false: the user keeps what is held and gets nothing new",
			"Provisioned=True Provisioned the user holds a unit of every limitation listed",
		}},
		"an inactive user gets nothing new": {newPair(unedited, inactive), 0, []string{
			"Provisioned=False UserInactive active is false: the user keeps what is held and gets nothing new",
		}},
		"who was not decided about is not denied": {newPair(unedited, unedited), 1, []string{
			"Reconciling=True LedgerUnavailable the account of the instance cannot be read at the moment; it is tried again",
			"Active=False LedgerUnavailable the account of the instance cannot be read at the moment; it is tried again",
		}},
		"a seat that cannot move is a seat": {newPair(unedited, func(u *v1alpha1.UserProvisioning) { holds(u); u.Spec.UserGroupID = "g2" }), 0, []string{
			"Stalled=True UserGroupNotFound line item license has no user group g2",
			"Active=True UserActive the user may use license license",
			"Provisioned=True Provisioned the user holds a unit of every limitation listed",
		}},
		"an edition that is missing is waited for, and takes nothing": {newPair(func(l *License) {
			l.NoTerms = &kubestore.TermsError{Reason: v1alpha1.ReasonEditionNotFound, Message: "editionRef: edition pro does not exist"}
			l.limitations = nil
		}, holds), 0, []string{
			"Reconciling=True LicenseNotValid line item license: editionRef: edition pro does not exist",
			"Provisioned=True Provisioned the user holds a unit of every limitation listed",
		}},
		"what is wrong with each limitation is said": {newPair(unedited, lists("nothing", "calls", "bad")), 0, []string{
			`Stalled=True UnknownLimitation line item license has no limitation "nothing", or one that is not valid: its condition Ready says which; ` +
				`limitation "calls" of line item license is consumed: users hold no units of it; ` +
				`line item license has no limitation "bad", or one that is not valid: its condition Ready says which`,
			"Active=True UserActive the user may use license license",
		}},
		"a license that ended is of no use": {newPair(func(l *License) { l.Now = end }, holds), 0, []string{
			"Stalled=True LicenseNotValid line item license is not valid since 2026-09-26T00:00:00Z",
			"Active=False LicenseNotValid line item license is not valid since 2026-09-26T00:00:00Z",
			"Provisioned=True Provisioned the user holds a unit of every limitation listed",
		}},
		"one that has not started is waited for": {newPair(func(l *License) { l.Now = start.Add(-time.Second) }, unedited), 0, []string{
			"Reconciling=True LicenseNotValid line item license is not valid before 2023-09-27T00:00:00Z",
			"Provisioned=False LicenseNotValid line item license is not valid before 2023-09-27T00:00:00Z",
		}},
		"the instance is waited for": {newPair(func(l *License) { l.InstanceFound = false }, unedited), 0, []string{
			"Reconciling=True InstanceNotFound instance acme of line item license does not exist",
		}},
		"a ledger that cannot decide has not denied": {newPair(func(l *License) { l.Health = allotment.Unavailable }, unedited), 0, []string{
			"Reconciling=True LedgerUnavailable the account of the instance cannot be read at the moment; it is tried again",
			"Provisioned=False LedgerUnavailable the account of the instance cannot be read at the moment; it is tried again",
		}},
		"a halted ledger stalls": {newPair(func(l *License) { l.Health = allotment.Halted }, unedited), 0, []string{
			"Stalled=True LedgerNotHealthy the account of instance acme is not in order, nothing is given: its condition LedgerHealthy says why",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			conditions := Status(test.license.inputs()[test.user]).Conditions
			for _, want := range test.want {
				conditionType, _, _ := strings.Cut(strings.Fields(want)[0], "=")
				if got := said(conditions, conditionType); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			}
		})
	}
}

func TestAUserWithoutLineItemKeepsTheLicenseID(t *testing.T) {
	user := &v1alpha1.UserProvisioning{Spec: v1alpha1.UserProvisioningSpec{Limitations: []string{"backup"}}}
	user.Status.LicenseID = "known"
	l := pair{newLicense(allotment.License{Name: "license"}, now), kubestore.LicenseUsers{Standing: []*v1alpha1.UserProvisioning{user}}}
	got := Status(l.inputs()[0])
	if got.LicenseID != "known" || said(got.Conditions, "Ready") != "Ready=False LineItemNotFound line item license does not exist" {
		t.Errorf("got %+v", got)
	}
}

func TestDenied(t *testing.T) {
	earlier := metav1.NewTime(now.Add(-time.Hour))
	before := v1alpha1.DeniedLimitation{LimitationID: "backup", Reason: v1alpha1.ReasonLimitReached, Message: "old figures", Since: &earlier}
	denial := func(reason, message string, since metav1.Time) []v1alpha1.DeniedLimitation {
		return []v1alpha1.DeniedLimitation{{LimitationID: "backup", Reason: reason, Message: message, Since: &since}}
	}
	for name, test := range map[string]struct {
		observed int64
		held     map[string]string
		denied   map[string]Refusal
		want     []v1alpha1.DeniedLimitation
	}{
		"the same reason keeps its since, with the new figures": {1, nil, map[string]Refusal{"backup": {Reason: v1alpha1.ReasonLimitReached, Message: "new figures"}},
			denial(v1alpha1.ReasonLimitReached, "new figures", earlier)},
		"another reason begins now": {1, nil, map[string]Refusal{"backup": {Reason: v1alpha1.ReasonUserInactive, Message: "off"}},
			denial(v1alpha1.ReasonUserInactive, "off", metav1.NewTime(now))},
		"the same reason for another spec keeps its since": {0, nil, map[string]Refusal{"backup": {Reason: v1alpha1.ReasonLimitReached, Message: "new figures"}},
			denial(v1alpha1.ReasonLimitReached, "new figures", earlier)},
		"what was not decided stays as it was":                {1, nil, nil, []v1alpha1.DeniedLimitation{before}},
		"what was not decided for another spec is not denied": {0, nil, nil, nil},
		"what is held is not denied":                          {1, map[string]string{"backup": "T1"}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := newPair(unedited, func(u *v1alpha1.UserProvisioning) {
				u.Status.Denied, u.Status.ObservedGeneration = []v1alpha1.DeniedLimitation{before}, test.observed
			})
			got := Status(Input{User: l.users.Standing[0], License: l.License, Held: test.held, Denied: test.denied}).Denied
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDuplicateIsStalledAndDeniedNothing(t *testing.T) {
	l := newPair(unedited, unedited)
	duplicate := l.users.Standing[1].DeepCopy()
	l.users.Duplicates = map[*v1alpha1.UserProvisioning]*v1alpha1.UserProvisioning{duplicate: l.users.Standing[1]}
	got := Status(l.inputs()[2])
	if want := "Stalled=True DuplicateUser UserProvisioning u2, which is older, is user u2 of the license already"; said(got.Conditions, "Stalled") != want {
		t.Errorf("got %v", got.Conditions)
	}
	if got.Denied != nil {
		t.Errorf("denied: %v", got.Denied)
	}
}

func TestKeeps(t *testing.T) {
	holding := func(id string, origin v1alpha1.HoldingOrigin) v1alpha1.Holding {
		return v1alpha1.Holding{LimitationID: id, Origin: origin}
	}
	for name, test := range map[string]struct {
		holding v1alpha1.Holding
		listed  []string
		want    bool
	}{
		"a unit that is listed is kept":                         {holding("backup", v1alpha1.HoldingOriginSpec), []string{"backup"}, true},
		"one that is listed no more is revoked":                 {holding("backup", v1alpha1.HoldingOriginSpec), nil, false},
		"one that a call provisioned is the caller's":           {holding("backup", v1alpha1.HoldingOriginCall), nil, true},
		"one of a limitation that is gone is revoked":           {holding("gone", v1alpha1.HoldingOriginSpec), []string{"gone"}, false},
		"also when a call provisioned it":                       {holding("gone", v1alpha1.HoldingOriginCall), nil, false},
		"one of a limitation that users no longer hold as well": {holding("calls", v1alpha1.HoldingOriginSpec), []string{"calls"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newPair(unedited, func(u *v1alpha1.UserProvisioning) { u.Spec.Limitations = test.listed })
			l.Terms.Invalid = nil
			pass := newPass(l.License, l.users, nil)
			if got := pass.keeps(pass.members[0], test.holding); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestLongNamesFitIntoAMessage(t *testing.T) {
	l := newPair(unedited, unedited)
	denied := map[string]Refusal{"backup": {Reason: v1alpha1.ReasonLimitReached, Message: strings.Repeat("ä", 2000)}}
	got := Status(Input{User: l.users.Standing[0], License: l.License, Denied: denied}).Denied[0].Message
	if len(got) > 1024 || !strings.HasSuffix(got, "ä…") {
		t.Errorf("%d bytes, ends in %q", len(got), got[len(got)-8:])
	}
}

func TestGrantedAndRefusedAtAGlance(t *testing.T) {
	p := newPair(unedited, unedited)
	refused := map[string]Refusal{"backup": {Reason: v1alpha1.ReasonLimitReached}, "nothing": {Reason: v1alpha1.ReasonUnknownLimitation}}
	for name, test := range map[string]struct {
		held             map[string]string
		denied           map[string]Refusal
		granted, refused string
	}{
		"names are those of the license":   {map[string]string{"backup": "T1"}, nil, "Cloud Backup", ""},
		"what has none is shown by its id": {map[string]string{"gone": "T1", "backup": "T2"}, nil, "Cloud Backup, gone", ""},
		"a refusal comes with its reason":  {nil, refused, "", "Cloud Backup (LimitReached), nothing (UnknownLimitation)"},
	} {
		t.Run(name, func(t *testing.T) {
			user := p.users.Standing[0].DeepCopy()
			user.Spec.Limitations = []string{"backup", "nothing"}
			got := Status(Input{User: user, License: p.License, Seated: true, Held: test.held, Denied: test.denied})
			if got.Granted != test.granted || got.Refused != test.refused {
				t.Errorf("granted %q, refused %q", got.Granted, got.Refused)
			}
		})
	}
}

// A pass over ten thousand users must not write what is there already.
func TestStatusIsTheSameWhenNothingChanged(t *testing.T) {
	p := newPair(unedited, holds)
	for i, input := range p.inputs() {
		p.users.Standing[i].Status.ObservedGeneration = 1
		before := Status(input)
		ofLedger := p.users.Standing[i].Status
		p.users.Standing[i].Status = before
		p.users.Standing[i].Status.Seat, p.users.Standing[i].Status.Holdings = ofLedger.Seat, ofLedger.Holdings
	}
	p.Now = p.Now.Add(time.Hour)
	for i, input := range p.inputs() {
		if after := Status(input); !unchanged(p.users.Standing[i].Status, after) {
			t.Errorf("user %d (-before +after):\n%s", i, cmp.Diff(p.users.Standing[i].Status, after))
		}
	}
	changed := p.users.Standing[0].Status
	changed.Granted = "something else"
	if unchanged(p.users.Standing[0].Status, changed) {
		t.Error("a change is not seen")
	}
}
