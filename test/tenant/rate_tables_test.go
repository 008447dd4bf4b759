package tenant

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

func table(series, version string, effectiveFrom time.Time, rate licensing.Tokens) tenant.RateTable {
	return tenant.RateTable{Series: series, Version: version, EffectiveFrom: effectiveFrom, Items: []tenant.RateTableItem{{Name: "PhotoPrint", Version: "1.0", Rate: &rate}}}
}

// published is the example of the documentation.
func published() tenant.RateTable {
	table := table("PublicationApps", "1", time.UnixMilli(1698849852000).UTC(), 3*licensing.Token)
	four, seven := 4*licensing.Token, 7*licensing.Token
	table.Items = append(table.Items,
		tenant.RateTableItem{Name: "SignPrint", Version: "1.0", Rate: &four}, tenant.RateTableItem{Name: "CADPrint", Version: "2.0", Rate: &seven})
	return table
}

func TestRateTablesAreListedAsTheyWerePublished(t *testing.T) {
	p := newProducer(t)
	before := now.Now().Truncate(time.Millisecond)
	fractional := licensing.Tokens(250_001)
	wanted := []tenant.RateTable{published(), {
		Version: "x.y/z <&> é", EffectiveFrom: time.UnixMilli(1698849852123).UTC(),
		Items: []tenant.RateTableItem{{Name: "A", Rate: &fractional}, {Name: "B", Version: "2", Formula: "FLOOR.MATH(price) * 2"}},
	}, {
		Version: "for named users", EffectiveFrom: time.UnixMilli(1698849852124).UTC(),
		Items: []tenant.RateTableItem{
			{Name: "A", Rate: &fractional, Limitation: &licensing.Requirement{LimitationID: "api"}},
			{Name: "B", Formula: "price", Limitation: &licensing.Requirement{LimitationID: "api", Provision: true}},
		},
	}}
	for _, table := range wanted {
		noError(t, p.here.CreateRateTable(t.Context(), table))
	}
	got := must[[]tenant.RateTable](t)(p.there.RateTables(t.Context(), false))
	for i := range got {
		if got[i].Created.Before(before.Add(-time.Second)) || got[i].Created.After(now.Now().Add(time.Second)) {
			t.Errorf("created %s", got[i].Created)
		}
		got[i].Created = time.Time{}
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("(-published +listed):\n%s", diff)
	}
}

func TestARateTableWithoutATimeIsEffectiveAtOnce(t *testing.T) {
	p := newProducer(t)
	before := now.Now().Truncate(time.Millisecond)
	noError(t, p.here.CreateRateTable(t.Context(), table("", "1", time.Time{}, 1)))
	listed := must[[]tenant.RateTable](t)(p.here.RateTables(t.Context(), true))
	if len(listed) != 1 || listed[0].EffectiveFrom.Before(before) || listed[0].EffectiveFrom.After(now.Now()) {
		t.Errorf("listed %v", listed)
	}
}

func TestASeriesHasAVersionOnce(t *testing.T) {
	p := newProducer(t)
	noError(t, p.here.CreateRateTable(t.Context(), published()))
	refused(t, p.there.CreateRateTable(t.Context(), published()), tenant.AlreadyExists,
		`rate table "1" of series "PublicationApps" exists already: publish the prices under another version`)

	p.Apply(t, "RateTable", "from-git", `{version: "7", effectiveFrom: "2023-11-01T14:44:12Z", items: [{name: A, rate: 1}]}`)
	refused(t, p.here.CreateRateTable(t.Context(), table("", "7", time.Time{}, 1)), tenant.AlreadyExists)
}

func TestOfManyWhoPublishTheSameVersionOneSucceeds(t *testing.T) {
	p := newProducer(t)
	var calls []func() error
	for i := range 8 {
		calls = append(calls, func() error { return p.as(i%2, "someone").CreateRateTable(t.Context(), published()) })
	}
	if diff := cmp.Diff(map[tenant.Reason]int{"": 1, tenant.AlreadyExists: 7}, reasons(atOnce(calls...))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsWrongWithARateTableIsNamed(t *testing.T) {
	p := newProducer(t)
	rate, negative, huge := 3*licensing.Token, -licensing.Token, 1_000_000_000_001*licensing.Token
	item := func(item tenant.RateTableItem) tenant.RateTable {
		return tenant.RateTable{Version: "1", Items: []tenant.RateTableItem{item}}
	}
	cases := map[string]struct {
		table tenant.RateTable
		want  []string
	}{
		"an item priced twice": {
			tenant.RateTable{Version: "1", Items: []tenant.RateTableItem{{Name: "A", Rate: &rate}, {Name: "A", Version: "1", Rate: &rate}, {Name: "A", Version: "1", Formula: "x"}}},
			[]string{"$.items[2]: A 1 is priced in $.items[1] already: an item and its version must be unique in a rate table"},
		},
		"a formula that cannot be read": {item(tenant.RateTableItem{Name: "A", Formula: "1 +"}), []string{`$.items[0].formula: position 4: expected a number, a variable, a function or "(", found the end of the formula`}},
		"neither rate nor formula":      {item(tenant.RateTableItem{Name: "A"}), []string{"$.items[0]: must have either a rate or a formula, and not both"}},
		"a rate and a formula":          {item(tenant.RateTableItem{Name: "A", Rate: &rate, Formula: "x"}), []string{"$.items[0]: must have either a rate or a formula, and not both"}},
		"a negative rate":               {item(tenant.RateTableItem{Name: "A", Rate: &negative}), []string{"$.items[0].rate: -1, must be 0 to 1000000000000 tokens per count"}},
		"a rate beyond all measure":     {item(tenant.RateTableItem{Name: "A", Rate: &huge}), []string{"$.items[0].rate: 1000000000001, must be 0 to 1000000000000 tokens per count"}},
		"a name that is too long": {
			item(tenant.RateTableItem{Name: strings.Repeat("é", 129), Rate: &rate}),
			[]string{"$.items[0].name: must have at most 128 characters"},
		},
		"no name and no item version": {
			item(tenant.RateTableItem{Rate: &rate}), []string{"$.items[0].name: is missing but it is required"},
		},
		"no items":   {tenant.RateTable{Version: "1"}, []string{"$.items: is missing but it is required"}},
		"no version": {tenant.RateTable{Items: []tenant.RateTableItem{{Name: "A", Rate: &rate}}}, []string{"$.version: is missing but it is required"}},
		"a time that has no four digits of a year": {
			table("", "1", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), rate),
			[]string{"$.effectiveFrom: 253402300800000, must be 0 to 253402300799999, which is 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z"},
		},
		"more than fits in an object": {
			tenant.RateTable{Version: "1", Items: slices.Repeat([]tenant.RateTableItem{{Name: "A", Formula: strings.Repeat("1+", 500) + "1"}}, 1100)}, nil,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			refused(t, p.here.CreateRateTable(t.Context(), c.table), tenant.Invalid, c.want...)
		})
	}
	if listed := must[[]tenant.RateTable](t)(p.here.RateTables(t.Context(), false)); len(listed) != 0 {
		t.Errorf("published all the same: %v", listed)
	}
}

func TestOnlyTablesThatCountNowOrWillAreCurrent(t *testing.T) {
	p := newProducer(t)
	day := 24 * time.Hour
	for _, table := range []tenant.RateTable{
		table("S", "2", now.Now().Add(-2*day), 3), table("S", "1", now.Now().Add(-day), 5), table("S", "3", now.Now().Add(day), 9),
		table("", "old", now.Now().Add(-2*day), 3), table("", "new", now.Now().Add(-day), 3), table("T", "only", now.Now().Add(day), 3),
	} {
		noError(t, p.here.CreateRateTable(t.Context(), table))
	}
	// One that cannot be used never counts, and neither does the younger of two of a version.
	p.Apply(t, "RateTable", "bad", `{series: S, version: bad, effectiveFrom: "2100-01-01T00:00:00Z", items: [{name: A, formula: "1 +"}]}`)
	time.Sleep(time.Second) // by which Kubernetes tells what is older
	p.Apply(t, "RateTable", "twice", `{series: S, version: "3", effectiveFrom: "2100-01-01T00:00:00Z", items: [{name: A, rate: 1}]}`)
	var versions []string
	for _, table := range must[[]tenant.RateTable](t)(p.there.RateTables(t.Context(), true)) {
		versions = append(versions, table.Series+"/"+table.Version)
	}
	if diff := cmp.Diff([]string{"S/1", "S/3", "/new", "T/only"}, versions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARateTableCanBeDeletedUntilItIsEffective(t *testing.T) {
	p := newProducer(t)
	day := 24 * time.Hour
	yesterday := now.Now().Add(-day).Truncate(time.Millisecond)
	for _, table := range []tenant.RateTable{table("S", "1", yesterday, 5), table("S", "3", now.Now().Add(day), 9)} {
		noError(t, p.here.CreateRateTable(t.Context(), table))
	}
	refused(t, p.there.DeleteRateTable(t.Context(), "", "3"), tenant.RateTableNotFound, `there is no rate table "3" without series`)
	refused(t, p.there.DeleteRateTable(t.Context(), "S", "4"), tenant.RateTableNotFound)
	refused(t, p.there.DeleteRateTable(t.Context(), "S", "1"), tenant.AlreadyEffective, fmt.Sprintf(
		`rate table "1" of series "S" is effective since %s and cannot be deleted: publish a newer version of its series instead`, yesterday.UTC().Format("2006-01-02T15:04:05.999Z")))
	noError(t, p.there.DeleteRateTable(t.Context(), "S", "3"))
	refused(t, p.here.DeleteRateTable(t.Context(), "S", "3"), tenant.RateTableNotFound)

	p.Apply(t, "RateTable", "from-git", `{version: "9", effectiveFrom: "2100-01-01T00:00:00Z", items: [{name: A, rate: 1}]}`)
	refused(t, p.here.DeleteRateTable(t.Context(), "", "9"), tenant.DeclaredElsewhere,
		fmt.Sprintf(`rate table "9" without series is declared by gitops in Kubernetes (%s/from-git): delete it there`, p.Namespace))
}

func TestWhatTheAdmissionPolicyKeepsIsEffective(t *testing.T) {
	p := newProducer(t)
	// Here the clock of this replica lags behind that of the operator that says it is effective.
	noError(t, p.here.CreateRateTable(t.Context(), table("S", "1", now.Now().Add(time.Hour), 5)))
	var list v1alpha1.RateTableList
	noError(t, p.Client.List(t.Context(), &list))
	for i := range list.Items {
		if object := &list.Items[i]; object.Namespace == p.Namespace {
			object.Status = v1alpha1.RateTableStatus{Effective: new(true)}
			noError(t, p.Client.Status().Update(t.Context(), object))
		}
	}
	err := p.here.DeleteRateTable(t.Context(), "S", "1")
	refused(t, err, tenant.AlreadyEffective)
	if !strings.Contains(err.Error(), "is effective since") || strings.Contains(err.Error(), "denied request") {
		t.Errorf("said %s", err)
	}
}
