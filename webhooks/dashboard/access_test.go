package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/dashboard"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

const (
	mine   = "5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10"
	yours  = "0c8f3a5d-7f5d-4c0e-8a57-5f0c2c9e9b10"
	nobody = "ffffffff-7f5d-4c0e-8a57-5f0c2c9e9b10"
)

// reader gives what it was asked for in the place of instances.
type reader struct{ asked dashboard.Query }

func (r *reader) Overview(_ context.Context, query dashboard.Query) (dashboard.Overview, error) {
	r.asked = query
	return dashboard.Overview{}, nil
}

// newAPI lets users of the cluster see what is allowed: "all", or names of instances.
func newAPI(read Reader, allowed ...string) *API {
	return &API{
		Reader: read, Log: logr.Discard(),
		Review: func(_ context.Context, a authorizer.AttributesRecord) error {
			if a.Verb != "get" || a.Resource != "usagerecords" || a.Namespace != "shop" {
				return errors.New("another question was expected")
			}
			if name := a.Name; slices.Contains(allowed, name) || name == "" && slices.Contains(allowed, "all") {
				return nil
			}
			return forbid("%s may not see %q", a.User.GetName(), a.Name)
		},
		InstanceObject: func(_ context.Context, _, id string) (string, error) {
			if name := map[string]string{mine: "acme", yours: "globex"}[id]; name != "" {
				return name, nil
			}
			return "", &tenant.Error{Reason: tenant.InstanceNotFound, Problems: []string{"there is no such instance"}}
		},
	}
}

func request(caller authentication.Caller, operation, query string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/dashboard/v1/overview"+query, nil)
	ctx := server.WithRequest(r.Context(), server.Route{Tenant: "shop", Version: server.Dashboard}, operation, nil)
	return r.WithContext(authentication.WithCaller(ctx, caller))
}

func TestWhoSeesWhichInstances(t *testing.T) {
	producer := authentication.Caller{Kind: authentication.Administration, Name: "admin"}
	customer := authentication.Caller{Kind: authentication.Client, Name: "client", InstanceIDs: []string{mine}}
	account := authentication.Caller{Kind: authentication.ServiceAccount, Name: "robot", User: &user.DefaultInfo{Name: "robot"}}
	refused := []string{"refused"}
	for name, test := range map[string]struct {
		caller  authentication.Caller
		query   string
		allowed []string
		// want are the ids that are read; nil for all.
		want []string
		// full is set for whoever reads messages as they are.
		full bool
	}{
		"the producer all":                           {producer, "", nil, nil, true},
		"the producer those that are named":          {producer, "?instanceId=" + yours, nil, []string{yours}, true},
		"a customer the own":                         {customer, "", nil, []string{mine}, false},
		"a customer the own, named in capitals":      {customer, "?instanceId=5F0C2C9E-7F5D-4C0E-8A57-0C8F3A5D9B10", nil, []string{mine}, false},
		"a customer none of another":                 {customer, "?instanceId=" + yours, nil, refused, false},
		"a customer not the own beside another":      {customer, "?instanceId=" + mine + "&instanceId=" + yours, nil, refused, false},
		"an account that may see all":                {account, "", []string{"all"}, nil, true},
		"an account that may see all, what it names": {account, "?instanceId=" + yours, []string{"all"}, []string{yours}, true},
		"an account that may see one, named":         {account, "?instanceId=" + mine, []string{"acme"}, []string{mine}, false},
		"an account that may see one, not all":       {account, "", []string{"acme"}, refused, false},
		"an account that may see one, not another":   {account, "?instanceId=" + mine + "," + yours, []string{"acme"}, refused, false},
		"an account is not told what there is":       {account, "?instanceId=" + nobody, []string{"acme"}, refused, false},
		"an account without a role":                  {account, "", nil, refused, false},
		"nobody":                                     {authentication.Caller{}, "", nil, refused, false},
	} {
		t.Run(name, func(t *testing.T) {
			read := &reader{}
			a := newAPI(read, test.allowed...)
			allowed, err := a.Authorize(request(test.caller, getOverview, test.query))
			if refusal := (*server.Refusal)(nil); errors.As(err, &refusal) {
				if refusal.Status != http.StatusForbidden || !cmp.Equal(test.want, refused) {
					t.Errorf("refused with %v, want %v", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			a.serve(httptest.NewRecorder(), allowed)
			if diff := cmp.Diff(dashboard.Query{Namespace: "shop", InstanceIDs: test.want, FullMessages: test.full}, read.asked); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An account that may see one instance must not find out by the answers which other ids and objects there are.
func TestAnAccountIsNotToldWhatThereIs(t *testing.T) {
	account := authentication.Caller{Kind: authentication.ServiceAccount, Name: "robot", User: &user.DefaultInfo{Name: "robot"}}
	refusal := func(query string) server.Refusal {
		_, err := newAPI(&reader{}, "acme").Authorize(request(account, getOverview, query))
		refused := (*server.Refusal)(nil)
		if !errors.As(err, &refused) {
			t.Fatalf("%s: got %v", query, err)
		}
		return *refused
	}
	for _, beside := range []string{"?instanceId=", "?instanceId=" + mine + ","} {
		there, not := refusal(beside+yours), refusal(beside+nobody)
		for i, problem := range there.Problems {
			there.Problems[i] = strings.ReplaceAll(problem, yours, nobody)
		}
		if diff := cmp.Diff(not, there); diff != "" {
			t.Errorf("%s: what there is differs from what there is not (-not +is):\n%s", beside, diff)
		}
	}
}

func TestWithoutTheChainNothingIsShown(t *testing.T) {
	read := &reader{}
	newAPI(read).serve(httptest.NewRecorder(), request(authentication.Caller{Kind: authentication.Administration}, getOverview, ""))
	if diff := cmp.Diff(dashboard.Query{Namespace: "shop", InstanceIDs: []string{}}, read.asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsIncluded(t *testing.T) {
	producer := authentication.Caller{Kind: authentication.Administration}
	for query, want := range map[string]dashboard.Query{
		"":                                {},
		"?include=sessions":               {Sessions: true},
		"?include=sessions,users":         {Sessions: true, Users: true},
		"?include=users&include=sessions": {Sessions: true, Users: true},
	} {
		read := &reader{}
		a := newAPI(read)
		allowed, err := a.Authorize(request(producer, getOverview, query))
		if err != nil {
			t.Fatal(err)
		}
		a.serve(httptest.NewRecorder(), allowed)
		want.Namespace, want.FullMessages = "shop", true
		if diff := cmp.Diff(want, read.asked); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

func TestWhoIsSignedIn(t *testing.T) {
	expires := time.Date(2026, 3, 10, 13, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		caller authentication.Caller
		header string
		want   session
	}{
		"a producer": {
			authentication.Caller{Kind: authentication.Administration, Name: "admin"}, "Bearer " + token("eyJleHAiOjE3NzMxNDc2MDB9"),
			session{Role: "producer", Name: "admin", Namespace: "shop", Expires: &expires},
		},
		"a customer, for as long as nobody says": {
			authentication.Caller{Kind: authentication.Client, Name: "client"}, "Bearer not.a.token",
			session{Role: "customer", Name: "client", Namespace: "shop"},
		},
		"an account of the cluster": {
			authentication.Caller{Kind: authentication.ServiceAccount, Name: "system:serviceaccount:shop:robot"}, "",
			session{Role: "cluster", Name: "system:serviceaccount:shop:robot", Namespace: "shop"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(test.caller, getSession, "")
			r.Header.Set("Authorization", test.header)
			a := newAPI(&reader{})
			allowed, err := a.Authorize(r)
			if err != nil {
				t.Fatal(err)
			}
			answer := httptest.NewRecorder()
			a.serve(answer, allowed)
			var got session
			if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheContractIsOne(t *testing.T) {
	if _, err := server.NewContract(map[server.Version][]byte{server.Dashboard: contract}); err != nil {
		t.Error(err)
	}
}
