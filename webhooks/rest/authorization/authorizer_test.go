package authorization

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

const (
	mine   = "5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10"
	yours  = "9b1a3f60-2b53-4c0b-9a0e-1d0e7c1f2a34"
	theirs = "11111111-2b53-4c0b-9a0e-1d0e7c1f2a34"
	// The sessions of mine and theirs, and one that nobody knows.
	mySession, theirSession, noSession = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002", "aaaaaaaa-0000-4000-8000-000000000003"
)

var (
	administration = authentication.Caller{Kind: authentication.Administration, Name: "root"}
	client         = authentication.Caller{Kind: authentication.Client, Name: "app", InstanceIDs: []string{mine, yours}}
	build          = authentication.Caller{
		Kind: authentication.ServiceAccount, Name: "system:serviceaccount:acme:build",
		User: &user.DefaultInfo{Name: "system:serviceaccount:acme:build", Groups: []string{"system:serviceaccounts:acme"}},
	}
)

// instances are a tenant's: mine is the object acme-eu, theirs is acme-us.
type instances struct{ err error }

func (i instances) InstanceObject(_ context.Context, id string) (string, error) {
	objects := map[string]string{mine: "acme-eu", theirs: "acme-us"}
	return lookUp(objects, id, tenant.InstanceNotFound, i.err)
}

func (i instances) InstanceOfSession(_ context.Context, id string) (string, error) {
	return lookUp(map[string]string{mySession: mine, theirSession: theirs}, id, tenant.SessionNotFound, i.err)
}

func lookUp(values map[string]string, key string, reason tenant.Reason, err error) (string, error) {
	if value, ok := values[key]; ok && err == nil {
		return value, nil
	}
	if err == nil {
		err = &tenant.Error{Reason: reason, Problems: []string{"there is none"}}
	}
	return "", err
}

func body(id string) func() (string, error) { return func() (string, error) { return id, nil } }

// cluster allows what is in the list, in the form of kubectl auth can-i, and remembers what it was asked.
type cluster struct {
	allowed []string
	err     error
	asked   []string
}

func (c *cluster) Authorize(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	resource := a.GetResource()
	if a.GetSubresource() != "" {
		resource += "/" + a.GetSubresource()
	}
	question := strings.TrimSpace(fmt.Sprintf("%s %s.%s -n %s %s", a.GetVerb(), resource, a.GetAPIGroup(), a.GetNamespace(), a.GetName()))
	c.asked = append(c.asked, question)
	if c.err != nil {
		return authorizer.DecisionNoOpinion, "", c.err
	}
	for _, allowed := range c.allowed {
		if question == allowed {
			return authorizer.DecisionAllow, "", nil
		}
	}
	return authorizer.DecisionNoOpinion, "", nil
}

func (c *cluster) ConditionsAwareAuthorize(ctx context.Context, a authorizer.Attributes) authorizer.ConditionsAwareDecision {
	return authorizer.ConditionsAwareDecisionFromParts(c.Authorize(ctx, a))
}

func (c *cluster) EvaluateConditions(context.Context, authorizer.ConditionsAwareDecision, authorizer.ConditionsData) (authorizer.Decision, string, error) {
	return authorizer.DecisionDeny, "", authorizer.ErrorConditionEvaluationNotSupported
}

func authorize(caller authentication.Caller, call Call, asked *cluster) (Grant, error) {
	call.Namespace = "acme"
	if call.Instances == nil {
		call.Instances = instances{}
	}
	return (&Authorizer{Cluster: asked}).Authorize(context.Background(), caller, call)
}

// result is a grant, or the status of a refusal.
func result(grant Grant, err error) string {
	refusal := (*Refusal)(nil)
	switch {
	case errors.As(err, &refusal):
		return fmt.Sprint(refusal.Status)
	case err != nil:
		return "error"
	case grant.InstanceID == "":
		return "any"
	}
	return grant.InstanceID
}

func TestAdministrationMayDoEverything(t *testing.T) {
	asked := &cluster{}
	for id := range operations {
		grant, err := authorize(administration, Call{OperationID: id, InstanceHeaders: []string{"x", "y"}}, asked)
		if result(grant, err) != "any" {
			t.Errorf("%s: %v, %v", id, grant, err)
		}
	}
	if len(asked.asked) != 0 {
		t.Errorf("the cluster was asked %q", asked.asked)
	}
}

func TestNobodyMayDoAnything(t *testing.T) {
	for id := range operations {
		for _, caller := range []authentication.Caller{{}, {Kind: "Root"}} {
			if got := result(authorize(caller, Call{OperationID: id}, &cluster{})); got != "403" {
				t.Errorf("%s may call %s: %s", caller, id, got)
			}
		}
	}
	for _, caller := range []authentication.Caller{administration, client, build} {
		if got := result(authorize(caller, Call{OperationID: "formatDisk"}, &cluster{})); got != "403" {
			t.Errorf("%s may call an operation without a rule: %s", caller, got)
		}
	}
}

func TestClients(t *testing.T) {
	for name, test := range map[string]struct {
		call Call
		want string
		says string
	}{
		"a line item of mine":                    {Call{OperationID: "getLineItem", InstanceID: mine}, mine, ""},
		"a line item of mine, in capitals":       {Call{OperationID: "getLineItem", InstanceID: strings.ToUpper(mine)}, mine, ""},
		"a line item of theirs":                  {Call{OperationID: "getLineItem", InstanceID: theirs}, "403", "the path names instance \"" + theirs + "\", which is not in the token's claim aud"},
		"a line item of nobody":                  {Call{OperationID: "getLineItem"}, "403", "not in the token's claim aud"},
		"x-instance-id does not count in a path": {Call{OperationID: "getLineItem", InstanceID: theirs, InstanceHeaders: []string{mine}}, "403", ""},
		"putting a line item":                    {Call{OperationID: "putLineItem", InstanceID: mine}, "403", "a client token may not call putLineItem: an administration token is needed"},
		"a rate table":                           {Call{OperationID: "listRateTables"}, "403", "an administration token is needed"},
		"keys":                                   {Call{OperationID: "saveClientKeys"}, "403", "an administration token is needed"},
		"a one-off request":                      {Call{OperationID: "requestAccess", InstanceID: yours}, yours, ""},
		"a one-off request of theirs":            {Call{OperationID: "requestAccess", InstanceID: theirs}, "403", ""},

		"a session":                              {Call{OperationID: "createSession", InstanceHeaders: []string{mine}, BodyInstanceID: body(mine)}, mine, ""},
		"a session, in capitals":                 {Call{OperationID: "createSession", InstanceHeaders: []string{strings.ToUpper(mine)}, BodyInstanceID: body(mine)}, mine, ""},
		"a session without x-instance-id":        {Call{OperationID: "createSession", BodyInstanceID: body(mine)}, "400", "the header x-instance-id is missing: with a client token it must name the instance"},
		"a session with an empty x-instance-id":  {Call{OperationID: "createSession", InstanceHeaders: []string{" "}, BodyInstanceID: body(mine)}, "400", ""},
		"a session with two x-instance-id":       {Call{OperationID: "createSession", InstanceHeaders: []string{mine, theirs}, BodyInstanceID: body(mine)}, "400", "there are 2 headers x-instance-id"},
		"a session with a list in x-instance-id": {Call{OperationID: "createSession", InstanceHeaders: []string{mine + "," + theirs}, BodyInstanceID: body(mine)}, "403", ""},
		"a session of theirs":                    {Call{OperationID: "createSession", InstanceHeaders: []string{theirs}, BodyInstanceID: body(theirs)}, "403", "x-instance-id names instance \"" + theirs + "\", which is not"},
		"a session of theirs by the body":        {Call{OperationID: "createSession", InstanceHeaders: []string{mine}, BodyInstanceID: body(theirs)}, "403", "but the body \"" + theirs + "\": they must be the same"},
		"a session of yours by the body":         {Call{OperationID: "createSession", InstanceHeaders: []string{mine}, BodyInstanceID: body(yours)}, "403", "they must be the same"},
		"a session of nobody":                    {Call{OperationID: "createSession", InstanceHeaders: []string{mine}, BodyInstanceID: body("")}, mine, ""},
		"a session by a body that is no JSON":    {Call{OperationID: "createSession", InstanceHeaders: []string{mine}, BodyInstanceID: unreadable}, "error", "the body is no JSON"},

		"the sessions of mine":               {Call{OperationID: "listSessions", InstanceID: mine, InstanceHeaders: []string{mine}}, mine, ""},
		"the sessions of yours for mine":     {Call{OperationID: "listSessions", InstanceID: yours, InstanceHeaders: []string{mine}}, "403", "they must be the same"},
		"the sessions of theirs":             {Call{OperationID: "listSessions", InstanceID: theirs, InstanceHeaders: []string{mine}}, "403", ""},
		"the sessions of nobody":             {Call{OperationID: "listSessions", InstanceHeaders: []string{mine}}, mine, ""},
		"the sessions without x-instance-id": {Call{OperationID: "listSessions", InstanceID: mine}, "400", ""},

		"one session":                                {Call{OperationID: "getSession", SessionID: mySession, InstanceHeaders: []string{mine}}, mine, ""},
		"a session of theirs is not found":           {Call{OperationID: "getSession", SessionID: theirSession, InstanceHeaders: []string{mine}}, mine, ""},
		"the sessions of mine by path":               {Call{OperationID: "getSession", SessionID: mine, InstanceHeaders: []string{mine}}, mine, ""},
		"the sessions of yours by path for mine":     {Call{OperationID: "getSession", SessionID: yours, InstanceHeaders: []string{mine}}, "403", "but the path \"" + yours + "\""},
		"the sessions of theirs by path are no list": {Call{OperationID: "getSession", SessionID: theirs, InstanceHeaders: []string{mine}}, mine, ""},
		"a heartbeat":                                {Call{OperationID: "sendHeartbeat", SessionID: mySession, InstanceHeaders: []string{mine}}, mine, ""},
		"a heartbeat without x-instance-id":          {Call{OperationID: "sendHeartbeat", SessionID: mySession}, "400", ""},
		"a heartbeat of theirs":                      {Call{OperationID: "sendHeartbeat", SessionID: theirSession, InstanceHeaders: []string{theirs}}, "403", ""},
	} {
		t.Run(name, func(t *testing.T) {
			asked := &cluster{}
			grant, err := authorize(client, test.call, asked)
			if got := result(grant, err); got != test.want {
				t.Errorf("got %s (%v), want %s", got, err, test.want)
			}
			if err != nil && grant != (Grant{}) {
				t.Errorf("refused, and granted %v", grant)
			}
			if test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("says %v, want %s", err, test.says)
			}
			if len(asked.asked) != 0 {
				t.Errorf("the cluster was asked %q", asked.asked)
			}
		})
	}
}

func unreadable() (string, error) { return "", errors.New("the body is no JSON") }

func TestServiceAccounts(t *testing.T) {
	const group = ".licensing-operator.dev -n acme"
	for name, test := range map[string]struct {
		call Call
		// asks is the one question that the cluster must be asked, and that it says yes to.
		asks string
		want string
	}{
		"a rate table":           {Call{OperationID: "createRateTable"}, "create ratetables" + group, "any"},
		"rate tables":            {Call{OperationID: "listRateTables"}, "list ratetables" + group, "any"},
		"instances":              {Call{OperationID: "listInstances"}, "list instances" + group, "any"},
		"one instance":           {Call{OperationID: "getInstance", InstanceID: mine}, "get instances" + group + " acme-eu", mine},
		"no instance":            {Call{OperationID: "getInstance", InstanceID: yours}, "get instances" + group, yours},
		"line items":             {Call{OperationID: "listLineItems", InstanceID: mine}, "list instances/lineitems" + group + " acme-eu", mine},
		"putting a line item":    {Call{OperationID: "putLineItem", InstanceID: mine}, "update instances/lineitems" + group + " acme-eu", mine},
		"deleting a line item":   {Call{OperationID: "deleteLineItem", InstanceID: mine}, "delete instances/lineitems" + group + " acme-eu", mine},
		"a one-off request":      {Call{OperationID: "requestAccess", InstanceID: theirs}, "create instances/accessrequests" + group + " acme-us", theirs},
		"the configuration":      {Call{OperationID: "getConfiguration"}, "get tenantconfigurations" + group + " default", "any"},
		"changing it":            {Call{OperationID: "changeConfiguration"}, "patch tenantconfigurations" + group + " default", "any"},
		"saving keys":            {Call{OperationID: "saveClientKeys"}, "create accesskeys" + group, "any"},
		"deleting a key":         {Call{OperationID: "deleteAdministrationKey"}, "delete accesskeys" + group, "any"},
		"keys":                   {Call{OperationID: "listPublicKeys"}, "list accesskeys" + group, "any"},
		"changing conditions":    {Call{OperationID: "updateConditions", InstanceID: mine}, "update instances/conditions" + group + " acme-eu", mine},
		"replacing actions":      {Call{OperationID: "replaceActions", InstanceID: mine}, "update instances/actions" + group + " acme-eu", mine},
		"x-instance-id in paths": {Call{OperationID: "listActions", InstanceID: mine, InstanceHeaders: []string{theirs}}, "list instances/actions" + group + " acme-eu", mine},

		"a session":                   {Call{OperationID: "createSession", BodyInstanceID: body(mine)}, "create instances/sessions" + group + " acme-eu", mine},
		"a session, said twice":       {Call{OperationID: "createSession", BodyInstanceID: body(mine), InstanceHeaders: []string{mine}}, "create instances/sessions" + group + " acme-eu", mine},
		"a session of nobody":         {Call{OperationID: "createSession", BodyInstanceID: body("")}, "create instances/sessions" + group, "any"},
		"sessions":                    {Call{OperationID: "listSessions", InstanceID: mine}, "list instances/sessions" + group + " acme-eu", mine},
		"sessions of nobody":          {Call{OperationID: "listSessions"}, "list instances/sessions" + group, "any"},
		"sessions by x-instance-id":   {Call{OperationID: "listSessions", InstanceHeaders: []string{mine}}, "list instances/sessions" + group + " acme-eu", mine},
		"one session":                 {Call{OperationID: "getSession", SessionID: theirSession}, "get instances/sessions" + group + " acme-us", theirs},
		"one by x-instance-id":        {Call{OperationID: "getSession", SessionID: theirSession, InstanceHeaders: []string{mine}}, "get instances/sessions" + group + " acme-eu", mine},
		"no session":                  {Call{OperationID: "getSession", SessionID: noSession}, "get instances/sessions" + group, "any"},
		"sessions by path":            {Call{OperationID: "getSession", SessionID: mine}, "list instances/sessions" + group + " acme-eu", mine},
		"sessions by path and header": {Call{OperationID: "getSession", SessionID: mine, InstanceHeaders: []string{strings.ToUpper(mine)}}, "list instances/sessions" + group + " acme-eu", mine},
		"a heartbeat":                 {Call{OperationID: "sendHeartbeat", SessionID: mySession}, "update instances/sessions" + group + " acme-eu", mine},
		"a heartbeat of no session":   {Call{OperationID: "sendHeartbeat", SessionID: noSession}, "update instances/sessions" + group, "any"},
		"a heartbeat of an instance":  {Call{OperationID: "sendHeartbeat", SessionID: mine}, "update instances/sessions" + group, "any"},
		"access in a session":         {Call{OperationID: "requestSessionAccess", SessionID: mySession}, "update instances/sessions" + group + " acme-eu", mine},
		"closing a session":           {Call{OperationID: "closeSession", SessionID: mySession}, "delete instances/sessions" + group + " acme-eu", mine},
	} {
		t.Run(name, func(t *testing.T) {
			asked := &cluster{allowed: []string{test.asks}}
			grant, err := authorize(build, test.call, asked)
			if got := result(grant, err); got != test.want {
				t.Errorf("got %s (%v), want %s", got, err, test.want)
			}
			if diff := cmp.Diff([]string{test.asks}, asked.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if got := result(authorize(build, test.call, &cluster{})); got != "403" {
				t.Errorf("without a role: %s", got)
			}
			if got := result(authorize(build, test.call, &cluster{err: errors.New("connection refused")})); got != "error" {
				t.Errorf("without an API server: %s", got)
			}
		})
	}
}

func TestServiceAccountsAreRefusedLikeByTheAPIServer(t *testing.T) {
	for want, call := range map[string]Call{
		`instances.licensing-operator.dev is forbidden: User "system:serviceaccount:acme:build" cannot create resource "instances/accessrequests" in API group "licensing-operator.dev" in the namespace "acme"`: {
			OperationID: "requestAccess", InstanceID: mine,
		},
		`tenantconfigurations.licensing-operator.dev "default" is forbidden: User "system:serviceaccount:acme:build" cannot get resource "tenantconfigurations" in API group "licensing-operator.dev" in the namespace "acme"`: {
			OperationID: "getConfiguration",
		},
		`ratetables.licensing-operator.dev is forbidden: User "system:serviceaccount:acme:build" cannot list resource "ratetables" in API group "licensing-operator.dev" in the namespace "acme"`: {
			OperationID: "listRateTables",
		},
	} {
		_, err := authorize(build, call, &cluster{})
		if refusal := (*Refusal)(nil); !errors.As(err, &refusal) || refusal.Message != want || refusal.Status != http.StatusForbidden {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// The name of an object that was looked up, or another text, would tell that there is something with the id.
func TestServiceAccountsAreNotToldWhatThereIs(t *testing.T) {
	const nobody = "ffffffff-0000-4000-8000-000000000001"
	confined := []string{"get instances.licensing-operator.dev -n acme acme-eu", "list instances/sessions.licensing-operator.dev -n acme acme-eu"}
	withHeader := func(id, session, header string) Call {
		return Call{OperationID: id, SessionID: session, InstanceHeaders: []string{header}}
	}
	for name, calls := range map[string][2]Call{
		"an instance":         {{OperationID: "getInstance", InstanceID: theirs}, {OperationID: "getInstance", InstanceID: nobody}},
		"sessions":            {{OperationID: "listSessions", InstanceID: theirs}, {OperationID: "listSessions", InstanceID: nobody}},
		"sessions by path":    {{OperationID: "getSession", SessionID: theirs}, {OperationID: "getSession", SessionID: nobody}},
		"sessions by header":  {withHeader("getSession", theirs, theirs), withHeader("getSession", nobody, nobody)},
		"a session":           {{OperationID: "getSession", SessionID: theirSession}, {OperationID: "getSession", SessionID: noSession}},
		"a session by header": {withHeader("closeSession", theirSession, theirs), withHeader("closeSession", noSession, nobody)},
		"a new session": {
			{OperationID: "createSession", BodyInstanceID: body(theirs)}, {OperationID: "createSession", BodyInstanceID: body(nobody)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			refusals := [2]Refusal{}
			for i, call := range calls {
				_, err := authorize(build, call, &cluster{allowed: confined})
				refusal := (*Refusal)(nil)
				if !errors.As(err, &refusal) {
					t.Fatalf("got %v", err)
				}
				refusals[i] = *refusal
			}
			if diff := cmp.Diff(refusals[1], refusals[0]); diff != "" {
				t.Errorf("what there is differs from what there is not (-not +is):\n%s", diff)
			}
		})
	}
}

func TestServiceAccountsMustNotNameTwoInstances(t *testing.T) {
	everything := &cluster{allowed: []string{"create instances/sessions.licensing-operator.dev -n acme acme-eu", "list instances/sessions.licensing-operator.dev -n acme acme-eu"}}
	for _, call := range []Call{
		{OperationID: "createSession", InstanceHeaders: []string{theirs}, BodyInstanceID: body(mine)},
		{OperationID: "listSessions", InstanceHeaders: []string{theirs}, InstanceID: mine},
	} {
		if got := result(authorize(build, call, everything)); got != "403" {
			t.Errorf("%s: %s", call.OperationID, got)
		}
	}
	if got := result(authorize(build, Call{OperationID: "getSession", SessionID: mySession, InstanceHeaders: []string{mine, mine}}, everything)); got != "400" {
		t.Errorf("two headers: %s", got)
	}
}

func TestWhatCannotBeLookedUpIsNotDecided(t *testing.T) {
	unavailable := &tenant.Error{Reason: tenant.Unavailable, Problems: []string{"try again"}}
	for _, call := range []Call{
		{OperationID: "getLineItem", InstanceID: mine},
		{OperationID: "getSession", SessionID: mySession},
		{OperationID: "createSession", BodyInstanceID: func() (string, error) { return "", unavailable }},
	} {
		call.Instances = instances{err: unavailable}
		if _, err := authorize(build, call, &cluster{}); !errors.Is(err, unavailable) {
			t.Errorf("%s: %v", call.OperationID, err)
		}
	}
}

func TestGrantsConfine(t *testing.T) {
	for _, test := range []struct {
		grant Grant
		id    string
		want  bool
	}{
		{Grant{}, theirs, true},
		{Grant{InstanceID: mine}, mine, true},
		{Grant{InstanceID: mine}, strings.ToUpper(mine), true},
		{Grant{InstanceID: mine}, theirs, false},
		{Grant{InstanceID: mine}, "", false},
	} {
		if got := test.grant.Admits(test.id); got != test.want {
			t.Errorf("%+v admits %q: %t", test.grant, test.id, got)
		}
	}
}
