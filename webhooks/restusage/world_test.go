package restusage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/api/openapi"
	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/standing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/authorization"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// The instances of the tenant acme: their ids, by the names of their objects. gone is an id that no object has any more.
const (
	mine   = "5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10"
	yours  = "9b1a3f60-2b53-4c0b-9a0e-1d0e7c1f2a34"
	theirs = "11111111-2b53-4c0b-9a0e-1d0e7c1f2a34"
	gone   = "22222222-2b53-4c0b-9a0e-1d0e7c1f2a34"
)

var objects = map[string]string{mine: "acme-eu", yours: "acme-us", theirs: "other"}

// instances know what is in objects, unless they are broken.
type instances struct{ err error }

func (i instances) InstanceObject(_ context.Context, id string) (string, error) {
	if i.err != nil {
		return "", i.err
	}
	if name, ok := objects[id]; ok {
		return name, nil
	}
	return "", &tenant.Error{Reason: tenant.InstanceNotFound, Problems: []string{"there is no instance " + id}}
}

// cluster allows what is in the list: a namespace, or namespace/instance.
type cluster struct {
	allowed []string
	err     error
}

func (c cluster) Authorize(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	if a.GetVerb() != "get" || a.GetResource() != "usagerecords" || a.GetSubresource() != "" || a.GetAPIGroup() != "licensing-operator.dev" || !a.IsResourceRequest() {
		return authorizer.DecisionNoOpinion, "", fmt.Errorf("asked about %s %s", a.GetVerb(), a.GetResource())
	}
	question := a.GetNamespace()
	if a.GetName() != "" {
		question += "/" + a.GetName()
	}
	if c.err == nil && slices.Contains(c.allowed, question) {
		return authorizer.DecisionAllow, "", nil
	}
	return authorizer.DecisionNoOpinion, "", c.err
}

func (c cluster) ConditionsAwareAuthorize(ctx context.Context, a authorizer.Attributes) authorizer.ConditionsAwareDecision {
	return authorizer.ConditionsAwareDecisionFromParts(c.Authorize(ctx, a))
}

func (cluster) EvaluateConditions(context.Context, authorizer.ConditionsAwareDecision, authorizer.ConditionsData) (authorizer.Decision, string, error) {
	return authorizer.DecisionDeny, "", authorizer.ErrorConditionEvaluationNotSupported
}

var (
	administration = authentication.Caller{Kind: authentication.Administration, Name: "root"}
	oneInstance    = authentication.Caller{Kind: authentication.Client, Name: "app", InstanceIDs: []string{mine}}
	twoInstances   = authentication.Caller{Kind: authentication.Client, Name: "app", InstanceIDs: []string{mine, yours}}
	goneInstance   = authentication.Caller{Kind: authentication.Client, Name: "app", InstanceIDs: []string{gone}}
	noInstances    = authentication.Caller{Kind: authentication.Client, Name: "app"}
	build          = authentication.Caller{
		Kind: authentication.ServiceAccount, Name: "system:serviceaccount:acme:build", User: &user.DefaultInfo{Name: "system:serviceaccount:acme:build"},
	}
)

// world is the API in its chain, with a store on disk and everything else in the test's hands.
type world struct {
	caller    authentication.Caller
	cluster   cluster
	instances instances
	api       *API
	handler   http.Handler
	// namespace is in front of the paths.
	namespace string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "usage.db"), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return newWorldOf(t, store)
}

// newWorldOf has a store of the test's own.
func newWorldOf(t testing.TB, store usage.Store) *world {
	t.Helper()
	w := &world{caller: administration, namespace: "acme", api: &API{Store: store, Clock: clock.RealClock{}, Log: logr.Discard()}}
	w.api.Standings = &standings{}
	contract, err := server.NewContract(map[server.Version][]byte{server.V11: openapi.V11(), server.Usage: openapi.Usage()})
	if err != nil {
		t.Fatal(err)
	}
	w.handler = server.Handler(server.Options{
		Contract: contract,
		Authenticate: func(r *http.Request) (*http.Request, string, error) {
			return r.WithContext(authentication.WithCaller(r.Context(), w.caller)), w.caller.Scope(), nil
		},
		Usage: &server.Surface{
			Handler: w.api.Handler(),
			Authorize: func(r *http.Request) (*http.Request, error) {
				control := &AccessControl{
					Cluster:   &authorization.Authorizer{Cluster: w.cluster},
					Instances: func(string, string) Instances { return w.instances },
				}
				return control.Authorize(r)
			},
		},
		MaxInFlight: 100, MaxBodyBytes: 4096, Clock: clock.RealClock{}, Log: logr.Discard(), Observer: unobserved{},
	}, http.NotFoundHandler())
	return w
}

type unobserved struct{}

func (unobserved) Began()                                    {}
func (unobserved) Served(string, string, int, time.Duration) {}
func (unobserved) Rejected(string)                           {}
func (unobserved) Panicked(string)                           {}
func (unobserved) Serves(string, []string)                   {}

// standings are pages that a test made.
type standings struct {
	page standing.Page
	err  error
	// asked are the names that were asked for last.
	asked []string
}

func (s *standings) Page(_ context.Context, _ string, names []string, _, _ int) (standing.Page, error) {
	s.asked = names
	return s.page, s.err
}

func (w *world) get(t testing.TB, path string, query url.Values) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/namespaces/"+w.namespace+"/usage/v1/"+path+"?"+query.Encode(), nil)
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, request)
	return answer
}

// listed is a page of records, of which only the ids are looked at.
type listed struct {
	Records []struct {
		ID       string
		Position int64
	}
	Next int64
	More bool
}

func (l listed) ids() []string {
	ids := []string{}
	for _, record := range l.Records {
		ids = append(ids, record.ID)
	}
	return ids
}

func (w *world) list(t testing.TB, query url.Values) listed {
	t.Helper()
	answer := w.get(t, "records", query)
	if answer.Code != http.StatusOK {
		t.Fatalf("%v: %d %s", query, answer.Code, answer.Body)
	}
	var page listed
	if err := json.Unmarshal(answer.Body.Bytes(), &page); err != nil {
		t.Fatalf("%v in %s", err, answer.Body)
	}
	return page
}

func (w *world) append(t testing.TB, records ...usage.Record) {
	t.Helper()
	if err := w.api.Store.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// record is a charge of one token.
func record(namespace, instance string, n int) usage.Record {
	id := fmt.Sprintf("%s-%s-%d", namespace, instance, n)
	return usage.Record{
		ID: id + "/0", TransactionID: id, Sequence: int64(n + 1), Kind: usage.Charge, Reason: "Granted",
		Time: start.Add(time.Duration(n) * time.Minute), Namespace: namespace, Instance: instance,
		RequesterType: "user", RequesterValue: "lisa", ActivationID: "abc", Item: "PhotoPrint", Version: "1",
		Count: licensing.One, Rate: licensing.Token, Tokens: licensing.Token,
	}.Sealed()
}

var errBroken = errors.New("connection refused")

// want checks status and the reason of a refusal.
func want(t *testing.T, answer *httptest.ResponseRecorder, status int, reason string, parts ...string) {
	t.Helper()
	var problem struct{ Error, Reason string }
	if err := json.Unmarshal(answer.Body.Bytes(), &problem); err != nil {
		t.Fatalf("%d: %v in %.300s", answer.Code, err, answer.Body)
	}
	if answer.Code != status || problem.Reason != reason {
		t.Errorf("got %d %s: %s, want %d %s", answer.Code, problem.Reason, problem.Error, status, reason)
	}
	for _, part := range parts {
		if !strings.Contains(problem.Error, part) {
			t.Errorf("says %q, want something with %q", problem.Error, part)
		}
	}
}
