package restusage

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

func named(instanceIDs []string, instances ...string) url.Values {
	query := url.Values{}
	if instanceIDs != nil {
		query["instanceId"] = instanceIDs
	}
	if instances != nil {
		query["instance"] = instances
	}
	return query
}

func TestWhoSeesWhat(t *testing.T) {
	unavailable := &tenant.Error{Reason: tenant.Unavailable, Problems: []string{"try again"}}
	everything := []string{"acme-eu", "acme-us", "deleted", "other"}
	for name, test := range map[string]struct {
		caller  authentication.Caller
		allowed []string
		query   url.Values
		broken  error
		// status is 200 if it is left out, and these are the instances then of which there are records.
		status int
		sees   []string
	}{
		"administration sees everything":                    {caller: administration, sees: everything},
		"administration sees what it names by id":           {caller: administration, query: named([]string{mine}), sees: []string{"acme-eu"}},
		"administration sees what it names in capitals":     {caller: administration, query: named([]string{strings.ToUpper(mine)}), sees: []string{"acme-eu"}},
		"administration sees what it names by two ids":      {caller: administration, query: named([]string{mine, theirs}), sees: []string{"acme-eu", "other"}},
		"administration sees what it names by name":         {caller: administration, query: named(nil, "deleted"), sees: []string{"deleted"}},
		"administration sees nothing of a name of nobody":   {caller: administration, query: named(nil, "nobody"), sees: []string{}},
		"administration sees what is named both ways":       {caller: administration, query: named([]string{mine, theirs}, "acme-eu", "acme-us"), sees: []string{"acme-eu"}},
		"administration sees nothing if both ways differ":   {caller: administration, query: named([]string{mine}, "other"), sees: []string{}},
		"administration names an id of nobody":              {caller: administration, query: named([]string{gone}), status: 404},
		"administration when ids cannot be looked up":       {caller: administration, query: named([]string{mine}), broken: unavailable, status: 503},
		"administration names more than can be":             {caller: administration, query: named(slices.Repeat([]string{mine}, 101)), status: 400},
		"a client sees its instance":                        {caller: oneInstance, sees: []string{"acme-eu"}},
		"a client sees its instances":                       {caller: twoInstances, sees: []string{"acme-eu", "acme-us"}},
		"a client sees the instance that it names by id":    {caller: twoInstances, query: named([]string{yours}), sees: []string{"acme-us"}},
		"a client sees the instance that it names by name":  {caller: twoInstances, query: named(nil, "acme-us"), sees: []string{"acme-us"}},
		"a client names another one by id":                  {caller: twoInstances, query: named([]string{theirs}), status: 403},
		"a client names another one beside its own":         {caller: twoInstances, query: named([]string{mine, theirs}), status: 403},
		"a client names another one by name":                {caller: twoInstances, query: named(nil, "other"), status: 403},
		"a client names one of nobody":                      {caller: twoInstances, query: named(nil, "nobody"), status: 403},
		"a client names a deleted one":                      {caller: twoInstances, query: named(nil, "deleted"), status: 403},
		"a client names its id and the name of another one": {caller: twoInstances, query: named([]string{mine}, "other"), status: 403},
		"a client names its id and the name of its other":   {caller: twoInstances, query: named([]string{mine}, "acme-us"), sees: []string{}},
		"a client names an empty id":                        {caller: twoInstances, query: named([]string{""}), status: 400},
		"a client names an empty name":                      {caller: twoInstances, query: named(nil, ""), status: 403},
		"a client names two in one id":                      {caller: twoInstances, query: named([]string{mine + "," + theirs}), status: 400},
		"a client whose instance is gone sees nothing":      {caller: goneInstance, sees: []string{}},
		"a client names its instance, which is gone":        {caller: goneInstance, query: named([]string{gone}), status: 404},
		"a client without instances sees nothing":           {caller: noInstances, sees: []string{}},
		"a client without instances names one":              {caller: noInstances, query: named([]string{mine}), status: 403},
		"a client when its ids cannot be looked up":         {caller: oneInstance, broken: unavailable, status: 503},
		"a ServiceAccount with a role":                      {caller: build, allowed: []string{"acme"}, sees: everything},
		"a ServiceAccount with a role names one":            {caller: build, allowed: []string{"acme"}, query: named([]string{theirs}), sees: []string{"other"}},
		"a ServiceAccount with a role elsewhere":            {caller: build, allowed: []string{"umbrella"}, status: 403},
		"a ServiceAccount without a role":                   {caller: build, status: 403},
		"a ServiceAccount without a role names one":         {caller: build, query: named([]string{mine}), status: 403},
		"a ServiceAccount without a role names nobody's":    {caller: build, query: named([]string{gone}), status: 403},
		"a confined ServiceAccount that names nothing":      {caller: build, allowed: []string{"acme/acme-eu"}, status: 403},
		"a confined ServiceAccount names its own by id":     {caller: build, allowed: []string{"acme/acme-eu"}, query: named([]string{mine}), sees: []string{"acme-eu"}},
		"a confined ServiceAccount names its own by name":   {caller: build, allowed: []string{"acme/deleted"}, query: named(nil, "deleted"), sees: []string{"deleted"}},
		"a confined ServiceAccount names another one":       {caller: build, allowed: []string{"acme/acme-eu"}, query: named([]string{theirs}), status: 403},
		"a confined ServiceAccount names two":               {caller: build, allowed: []string{"acme/acme-eu"}, query: named([]string{mine, theirs}), status: 403},
		"a confined ServiceAccount mixes":                   {caller: build, allowed: []string{"acme/acme-eu"}, query: named([]string{mine}, "other"), status: 403},
		"a ServiceAccount when nobody can be asked":         {caller: build, query: named(nil, "acme-eu"), broken: errBroken, status: 503},
		"nobody":              {status: 403},
		"somebody of no kind": {caller: authentication.Caller{Kind: "Root", Name: "root"}, status: 403},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.caller, w.cluster.allowed, w.instances.err = test.caller, test.allowed, test.broken
			if test.caller.Kind == authentication.ServiceAccount {
				w.cluster.err = test.broken
			}
			for i, instance := range everything {
				w.append(t, record("acme", instance, i), record("umbrella", instance, i))
			}
			if test.status == 0 {
				w.seesOnly(t, test.query, test.sees)
				return
			}
			for _, path := range []string{"records", "aggregates", "export", "summary", "totals"} {
				if answer := w.get(t, path, test.query); answer.Code != test.status || strings.Contains(answer.Body.String(), "PhotoPrint") {
					t.Errorf("%s: %d %s, want %d", path, answer.Code, answer.Body, test.status)
				}
			}
		})
	}
}

// An account that may see one instance must not find out by the answers which other ids and objects there are.
func TestAConfinedAccountIsNotToldWhatThereIs(t *testing.T) {
	w := newWorld(t)
	w.caller, w.cluster.allowed = build, []string{"acme/acme-eu"}
	for _, path := range []string{"records", "aggregates", "export", "summary", "totals"} {
		for _, beside := range [][]string{nil, {mine}} {
			there := w.get(t, path, named(append(beside, theirs)))
			not := w.get(t, path, named(append(beside, gone)))
			if there.Code != http.StatusForbidden || not.Code != there.Code || strings.ReplaceAll(there.Body.String(), theirs, gone) != not.Body.String() {
				t.Errorf("%s beside %q: %d %s of what there is, %d %s of what there is not", path, beside, there.Code, there.Body, not.Code, not.Body)
			}
		}
	}
}

// seesOnly asks every way.
func (w *world) seesOnly(t *testing.T, query url.Values, sees []string) {
	t.Helper()
	wanted := []string{}
	for _, instance := range sees {
		wanted = append(wanted, "acme/"+instance)
	}
	got := []string{}
	for _, id := range w.list(t, query).ids() {
		namespace, rest, _ := strings.Cut(id, "-")
		got = append(got, namespace+"/"+rest[:strings.LastIndex(rest, "-")])
	}
	slices.Sort(got)
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	by := url.Values{"by": {"instance"}}
	for name, values := range query {
		by[name] = values
	}
	if answer := w.get(t, "aggregates", by); strings.Count(answer.Body.String(), `"records":1`) != len(sees) || answer.Code != http.StatusOK {
		t.Errorf("aggregates: %d %s, want %d of 1", answer.Code, answer.Body, len(sees))
	}
	if answer := w.get(t, "export", query); strings.Count(answer.Body.String(), "\n") != len(sees) || answer.Code != http.StatusOK {
		t.Errorf("export: %d %s, want %d lines", answer.Code, answer.Body, len(sees))
	}
	shown := &standings{}
	w.api.Standings = shown
	if answer := w.get(t, "summary", query); answer.Code != http.StatusOK {
		t.Errorf("summary: %d %s", answer.Code, answer.Body)
	}
	if confined := shown.asked != nil; confined != (len(sees) < 4) {
		t.Errorf("the summary asks for %q, want %q", shown.asked, sees)
	}
	for _, name := range shown.asked {
		if !slices.Contains(sees, name) && len(sees) > 0 {
			t.Errorf("the summary asks for %s, want %q", name, sees)
		}
	}
}

func TestWithoutAnAuthorizedCallerNothingIsSeen(t *testing.T) {
	if scope := scopeOf(context.Background()); scope.Instances == nil || len(scope.Instances) > 0 {
		t.Errorf("a call that nobody authorized sees %v", fmt.Sprint(scope))
	}
}
