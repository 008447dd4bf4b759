package licensing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Items of which each costs a token, and the limitations that they require.
const (
	openItem, viewerItem, editorItem, authorItem = "open", "viewer", "editor", "author"

	editors, authors = "editors", "authors"
)

func restrictedCatalog(quantity Tokens) Catalog {
	catalog := sharedCatalog([]share{{"tokens", quantity.String(), Overdraft{}, "1"}})
	catalog.RateTables = NewRateTables([]*RateTable{{
		Name: "table", Series: "tokens", Version: "1",
		Rates: map[ItemKey]Rate{
			{Name: openItem}: FixedRate(Token), {Name: viewerItem}: FixedRate(Token),
			{Name: editorItem}: FixedRate(Token), {Name: authorItem}: FixedRate(Token),
		},
		Requirements: map[ItemKey]Requirement{
			{Name: viewerItem}: {LimitationID: editors},
			{Name: editorItem}: {LimitationID: editors, Provision: true},
			{Name: authorItem}: {LimitationID: authors, Provision: true},
		},
	}})
	return catalog
}

// licensed is a license for two editors and any number of authors, on which ann is an active user who holds what is
// given.
func licensed(activationID string, held int64, holdings ...string) UserLicense {
	license := UserLicense{
		LineItem: LineItem{ActivationID: activationID, State: Deployed, Start: minute(-60), End: minute(60)},
		Limitations: []Limitation{
			{ID: editors, Name: "Editors", Limit: new(int64(2)), UserProvisioning: true, ResetMode: ResetNever, Enforce: true},
			{ID: authors, UserProvisioning: true, ResetMode: ResetNever, Enforce: true},
			{ID: "calls", ResetMode: ResetNever, Enforce: true},
		},
		User: NamedUser{UserID: "ann", Active: true, Holdings: []Holding{{LimitationID: SeatID}}},
		Held: map[string]int64{editors: held},
	}
	for _, id := range holdings {
		license.User.Holdings = append(license.User.Holdings, Holding{LimitationID: id, TransactionID: "of-" + id})
	}
	return license
}

func (l UserLicense) with(change func(*UserLicense)) UserLicense {
	change(&l)
	return l
}

var ann = Requester{Type: "user", Value: "ann"}

func asked(names ...string) (items []RequestedItem) {
	for _, name := range names {
		items = append(items, item(name, "", "1"))
	}
	return items
}

func TestAnItemIsOpenToThoseWhoHoldWhatItRequires(t *testing.T) {
	const required = `requires a unit of limitation "editors", which user "ann" does not hold: `
	for _, test := range []struct {
		name     string
		item     string
		licenses []UserLicense
		units    []HeldUnit
		message  string
	}{
		{"an item without requirement is open to strangers", openItem, nil, nil, ""},
		{"a user who holds the unit keeps it", viewerItem, []UserLicense{licensed("a", 2, editors)}, []HeldUnit{{"a", editors, false}}, ""},
		{"a holder takes no second one", editorItem, []UserLicense{licensed("a", 2, editors)}, []HeldUnit{{"a", editors, false}}, ""},
		{"a free unit is taken", editorItem, []UserLicense{licensed("a", 1)}, []HeldUnit{{"a", editors, true}}, ""},
		{"goodwill is exact", editorItem, []UserLicense{licensed("a", 2).with(func(l *UserLicense) { l.Limitations[0].Goodwill = 50 * Token })},
			[]HeldUnit{{"a", editors, true}}, ""},
		{"goodwill that gives no whole unit gives none", editorItem, []UserLicense{licensed("a", 2).with(func(l *UserLicense) { l.Limitations[0].Goodwill = 49 * Token })}, nil,
			required + `line item a: none is free: limitation "Editors" has a limit of 2 (2.98 with 49 % goodwill): 1 asked for, 2 held`},
		{"what is not enforced is given beyond the limit", editorItem, []UserLicense{licensed("a", 7).with(func(l *UserLicense) { l.Limitations[0].Enforce = false })},
			[]HeldUnit{{"a", editors, true}}, ""},
		{"a limitation without limit is always given", authorItem, []UserLicense{licensed("a", 2)}, []HeldUnit{{"a", authors, true}}, ""},
		{"a unit that is held elsewhere comes before one that is free", editorItem, []UserLicense{licensed("a", 0), licensed("b", 2, editors)}, []HeldUnit{{"b", editors, false}}, ""},
		{"the first license with a free unit gives it", editorItem, []UserLicense{licensed("a", 2), licensed("b", 1), licensed("c", 0)}, []HeldUnit{{"b", editors, true}}, ""},
		{"a license on which the user is switched off gives none", editorItem,
			[]UserLicense{licensed("a", 0).with(func(l *UserLicense) { l.User.Active = false }), licensed("b", 0)}, []HeldUnit{{"b", editors, true}}, ""},

		{"a stranger", editorItem, nil, nil, required + "no valid license of the instance has both the limitation and the user"},
		{"a unit that has to be held before", viewerItem, []UserLicense{licensed("a", 1)}, nil,
			required + `line item a: the user holds none: limitation "Editors" has a limit of 2, 1 held, 1 free`},
		{"a unit that has to be held before, of a limitation without limit", viewerItem,
			[]UserLicense{licensed("a", 1).with(func(l *UserLicense) { l.Limitations[0].Limit = nil })}, nil,
			required + `line item a: the user holds none: limitation "Editors" has no limit, 1 held`},
		{"every unit is held by others", editorItem, []UserLicense{licensed("a", 2), licensed("b", 3)}, nil,
			required + `line item a: none is free: limitation "Editors" has a limit of 2: 1 asked for, 2 held; 1 more licenses have none for the user`},
		{"a user who is switched off may not use what is still held", editorItem,
			[]UserLicense{licensed("a", 1, editors).with(func(l *UserLicense) { l.User.Active = false })}, nil, required + `line item a: user "ann" is inactive`},
		{"a user without a seat", editorItem, []UserLicense{licensed("a", 1).with(func(l *UserLicense) { l.User.Holdings = nil })}, nil,
			required + `line item a: user "ann" is inactive`},
		{"a license that was switched off", editorItem, []UserLicense{licensed("a", 0, editors).with(func(l *UserLicense) { l.LineItem.State = Inactive })}, nil,
			required + "no valid license of the instance has both the limitation and the user"},
		{"a license that has ended", editorItem, []UserLicense{licensed("a", 0, editors).with(func(l *UserLicense) { l.LineItem.End = minute(0) })}, nil,
			required + "no valid license of the instance has both the limitation and the user"},
		{"a limitation of that id that is only consumed", editorItem, []UserLicense{licensed("a", 0).with(func(l *UserLicense) { l.Limitations[0].UserProvisioning = false })}, nil,
			required + "no valid license of the instance has both the limitation and the user"},
	} {
		t.Run(test.name, func(t *testing.T) {
			results, entries := OneOff(NewBooks(), restrictedCatalog(Token), ann, test.licenses, asked(test.item), minute(0))
			got, want := results[0], ItemResult{Item: results[0].Item, Status: ItemGranted, Charges: results[0].Charges, Units: test.units}
			if test.message != "" {
				want.Status, want.Message = ItemUserNotProvisioned, "item "+test.item+": "+test.message
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if granted := got.Status == ItemGranted; granted != (len(entries) == 1) {
				t.Errorf("%s with the entries %+v", got.Status, entries)
			}
		})
	}
}

func TestAOneOffTakesTheUnitsOfWhatItCharges(t *testing.T) {
	for _, test := range []struct {
		name   string
		tokens Tokens
		items  []string
		want   []ItemStatus
		taken  []HeldUnit
	}{
		{"two items of one limitation take one unit", 2 * Token, []string{editorItem, viewerItem}, []ItemStatus{ItemGranted, ItemGranted}, []HeldUnit{{"a", editors, true}}},
		{"an item that wants the unit before another took it is refused", 2 * Token, []string{viewerItem, editorItem}, []ItemStatus{ItemUserNotProvisioned, ItemGranted}, []HeldUnit{{"a", editors, true}}},
		{"an item that cannot be paid takes nothing along", Token, []string{openItem, editorItem}, []ItemStatus{ItemGranted, ItemInsufficientTokens}, nil},
		{"two limitations take two units", 2 * Token, []string{editorItem, authorItem}, []ItemStatus{ItemGranted, ItemGranted}, []HeldUnit{{"a", editors, true}, {"a", authors, true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			results, _ := OneOff(NewBooks(), restrictedCatalog(test.tokens), ann, []UserLicense{licensed("a", 1)}, asked(test.items...), minute(0))
			if diff := cmp.Diff(test.want, inOrder(results)); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.taken, TakenUnits(results)); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASessionTakesItsUnitsOnlyIfEverythingIsGranted(t *testing.T) {
	request := func(tokens Tokens, licenses []UserLicense, items ...string) Outcome {
		access := Access{Requester: ann, Licenses: licenses, Items: asked(items...), RollbackOnDeny: true}
		return NewSession(minute(0)).Request(access, NewBooks(), restrictedCatalog(tokens), Terms{Period: time.Hour}, minute(0))
	}
	granted := request(2*Token, []UserLicense{licensed("a", 1)}, openItem, editorItem)
	if diff := cmp.Diff([]HeldUnit{{"a", editors, true}}, TakenUnits(granted.Items)); diff != "" || granted.Verdict != Granted {
		t.Errorf("%s: %s (-want +got)\n%s", granted.Verdict, granted.Message, diff)
	}
	for _, test := range []struct {
		name   string
		denied Outcome
		want   []ItemStatus
	}{
		{"too few tokens for the item itself", request(0, []UserLicense{licensed("a", 1)}, editorItem), []ItemStatus{ItemInsufficientTokens}},
		{"too few tokens for another item", request(Token, []UserLicense{licensed("a", 1)}, editorItem, openItem), []ItemStatus{ItemNotCharged, ItemInsufficientTokens}},
		{"no free unit", request(2*Token, []UserLicense{licensed("a", 2)}, openItem, editorItem), []ItemStatus{ItemNotCharged, ItemUserNotProvisioned}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, inOrder(test.denied.Items)); diff != "" || test.denied.Verdict != Denied {
				t.Errorf("%s (-want +got)\n%s", test.denied.Verdict, diff)
			}
			if taken := TakenUnits(test.denied.Items); taken != nil || test.denied.Entries != nil || test.denied.Changed {
				t.Errorf("a denial takes %v and charges %v", taken, test.denied.Entries)
			}
		})
	}
}

func TestARunningSessionIsChargedOnWithoutItsUnit(t *testing.T) {
	catalog, terms := restrictedCatalog(3*Token), Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute}
	books := NewBooks()
	session := NewSession(minute(0)).Request(Access{Requester: ann, Licenses: []UserLicense{licensed("a", 0)}, Items: asked(editorItem)}, books, catalog, terms, minute(0)).Next
	charged := session.Advance(minute(0), nil, books, catalog, terms, minute(60))
	if charged.Cause != CauseAutomaticCharge || len(charged.Entries) != 1 || TakenUnits(charged.Items) != nil {
		t.Errorf("%s with %v", charged.Cause, charged.Entries)
	}
	again := charged.Next.Request(Access{Requester: ann, Items: asked(editorItem), RollbackOnDeny: true}, books, catalog, terms, minute(61))
	if again.Verdict != Denied || again.Items[0].Status != ItemUserNotProvisioned {
		t.Errorf("a new request without the unit: %s, %+v", again.Verdict, again.Items)
	}
}

// A price that asks for a unit is one of several: who lacks it pays at the others, and who pays at the others takes none.
func TestAUnitIsTakenOnlyWhereItsPriceIsPaid(t *testing.T) {
	tables := func(restricted string) RateTables {
		table := func(series string) *RateTable {
			table := &RateTable{Name: series, Series: series, Version: "1", Rates: map[ItemKey]Rate{{Name: "item"}: FixedRate(Token)}}
			if series == restricted {
				table.Requirements = map[ItemKey]Requirement{{Name: "item"}: {LimitationID: editors, Provision: true}}
			}
			return table
		}
		return NewRateTables([]*RateTable{table("first"), table("second")})
	}
	for _, test := range []struct {
		name, restricted, count string
		licenses                []UserLicense
		status                  ItemStatus
		units                   []HeldUnit
	}{
		{"the open price is enough", "second", "1", []UserLicense{licensed("a", 0)}, ItemGranted, nil},
		{"the open price is not enough", "second", "2", []UserLicense{licensed("a", 0)}, ItemGranted, []HeldUnit{{"a", editors, true}}},
		{"the open price comes last", "first", "1", nil, ItemGranted, nil},
		{"the open price is not enough for a stranger", "second", "2", nil, ItemInsufficientTokens, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			catalog := sharedCatalog([]share{{"first", "1", Overdraft{}, "1"}, {"second", "1", Overdraft{}, "1"}})
			catalog.RateTables = tables(test.restricted)
			results, _ := OneOff(NewBooks(), catalog, ann, test.licenses, []RequestedItem{item("item", "", test.count)}, minute(0))
			if got := results[0]; got.Status != test.status || !cmp.Equal(test.units, got.Units) {
				t.Errorf("%s with %v, want %s with %v: %s", got.Status, got.Units, test.status, test.units, got.Message)
			}
		})
	}
}

func TestRequirementsAreThoseOfTheEffectiveTables(t *testing.T) {
	for _, test := range []struct {
		name  string
		items []string
		at    time.Time
		want  []Requirement
	}{
		{"none for items that are open", []string{openItem, "unknown"}, minute(0), nil},
		{"each once", []string{viewerItem, editorItem, openItem, editorItem}, minute(0), []Requirement{{editors, false}, {editors, true}}},
		{"none where nothing is sold", []string{editorItem}, minute(-1e6), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, restrictedCatalog(Token).Requirements(asked(test.items...), test.at)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	plain := sharedCatalog([]share{{"a", "1", Overdraft{}, "1"}})
	items := asked("Unit", "other")
	if allocations := testing.AllocsPerRun(100, func() { plain.Requirements(items, minute(0)) }); allocations != 0 || plain.RateTables.restricted {
		t.Errorf("price lists without requirements cost %v allocations", allocations)
	}
}

func TestADenialMayEndWhenTheLicenseBegins(t *testing.T) {
	license := licensed("a", 0).with(func(l *UserLicense) { l.LineItem.Start = minute(30) })
	results, _ := OneOff(NewBooks(), restrictedCatalog(Token), ann, []UserLicense{license}, asked(editorItem), minute(0))
	if got := results[0].NextChange; !got.Equal(minute(30)) {
		t.Errorf("at %s, want %s", got, minute(30))
	}
}

func inOrder(results []ItemResult) (statuses []ItemStatus) {
	for _, result := range results {
		statuses = append(statuses, result.Status)
	}
	return statuses
}
