package authentication

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScopesTellCallersApart(t *testing.T) {
	callers := []Caller{
		{},
		{Kind: Administration, Name: "root"},
		{Kind: Client, Name: "root", InstanceIDs: []string{first}},
		{Kind: Client, Name: "root", InstanceIDs: []string{second}},
		{Kind: Client, Name: "root", InstanceIDs: []string{first, second}},
		{Kind: Client, Name: "app", InstanceIDs: []string{first}},
		{Kind: ServiceAccount, Name: "root"},
	}
	seen := map[string]Caller{}
	for _, caller := range callers {
		scope := caller.Scope()
		if other, taken := seen[scope]; taken {
			t.Errorf("%+v and %+v share the scope %s", caller, other, scope)
		}
		seen[scope] = caller
		again := caller
		if again.Scope() != scope {
			t.Errorf("the scope of %+v changes", caller)
		}
	}
}

func TestCallersAreNamedInLogs(t *testing.T) {
	for want, caller := range map[string]Caller{
		"nobody":                           {},
		"administration key root":          {Kind: Administration, Name: "root"},
		"client key app":                   {Kind: Client, Name: "app", InstanceIDs: []string{first}},
		"system:serviceaccount:acme:build": {Kind: ServiceAccount, Name: "system:serviceaccount:acme:build"},
	} {
		if caller.String() != want {
			t.Errorf("%q, want %q", caller, want)
		}
	}
}

func TestContextCarriesTheCaller(t *testing.T) {
	if caller, ok := CallerFrom(context.Background()); ok {
		t.Errorf("an empty context has %s", caller)
	}
	want := Caller{Kind: Client, Name: "app", InstanceIDs: []string{first}}
	got, ok := CallerFrom(WithCaller(context.Background(), want))
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("caller (-want +got):\n%s", diff)
	}
}
