package apikey

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication"
)

// tokens knows these tokens by their text; the rest is refused.
type tokens map[string]authentication.Kind

func (t tokens) Authenticate(_ context.Context, _ string, header http.Header) (authentication.Caller, error) {
	scheme, token, _ := strings.Cut(header.Get("Authorization"), " ")
	kind, known := t[token]
	switch {
	case len(header.Values("Authorization")) != 1 || !strings.EqualFold(scheme, "Bearer"):
		return authentication.Caller{}, &authentication.Refusal{Message: "not one bearer token"}
	case token == "slow":
		return authentication.Caller{}, errors.Join(authentication.ErrUnavailable, errors.New("no API server"))
	case !known:
		return authentication.Caller{}, &authentication.Refusal{Message: "the token expired"}
	}
	return authentication.Caller{Kind: kind, Name: "of " + token}, nil
}

func TestAuthenticate(t *testing.T) {
	limited := func(key *v1alpha1.APIKey) { key.Spec.Products = []string{"cad"} }
	a := &Authenticator{
		Keys: NewKeys(&reader{keys: []v1alpha1.APIKey{
			object("shop", v1alpha1.AdminAPIKey, "admin-secret", 0, limited), object("app", v1alpha1.ProvisioningAPIKey, "app-secret", 0),
			object("cad-app", v1alpha1.ProvisioningAPIKey, "cad-secret", 0, limited), object("old", v1alpha1.AdminAPIKey, "old-secret", 0, disabled),
		}}, &reader{}, clocktesting.NewFakePassiveClock(start)),
		Tokens: tokens{"root": authentication.Administration, "pod": authentication.ServiceAccount, "customer": authentication.Client},
	}
	type header map[string][]string
	shop, app := Caller{Kind: Admin, Name: "shop"}, Caller{Kind: Provisioning, Name: "app"}
	cad := Caller{Kind: Provisioning, Name: "cad-app", Products: []string{"cad"}}
	root, pod, customer := Caller{Kind: Administration, Name: "of root"}, Caller{Kind: ServiceAccount, Name: "of pod"}, Caller{Kind: Client, Name: "of customer"}
	for name, test := range map[string]struct {
		header  header
		want    []Caller
		refusal string
	}{
		"nothing":                       {header{}, nil, "a key or a token is missing: send the header ProvisioningKey, AdminKey, or Authorization: Bearer <token>"},
		"empty headers":                 {header{"AdminKey": {""}, "ProvisioningKey": {" "}, "Bearer": {""}}, nil, "a key or a token is missing: send the header ProvisioningKey, AdminKey, or Authorization: Bearer <token>"},
		"a provisioning key":            {header{"ProvisioningKey": {"app-secret"}}, []Caller{app}, ""},
		"blanks around it":              {header{"ProvisioningKey": {" app-secret "}}, []Caller{app}, ""},
		"one for some products":         {header{"ProvisioningKey": {"cad-secret"}}, []Caller{cad}, ""},
		"an admin key is for all":       {header{"AdminKey": {"admin-secret"}}, []Caller{shop}, ""},
		"both":                          {header{"ProvisioningKey": {"app-secret"}, "AdminKey": {"admin-secret"}}, []Caller{shop, app}, ""},
		"one of both is good":           {header{"ProvisioningKey": {"app-secret"}, "AdminKey": {"x"}}, []Caller{app}, ""},
		"none of both is good":          {header{"ProvisioningKey": {"y"}, "AdminKey": {"x"}}, nil, "the key in the header ProvisioningKey is not known; the key in the header AdminKey is not known"},
		"a key that is switched off":    {header{"AdminKey": {"old-secret"}}, nil, "the key in the header AdminKey is not known"},
		"a key in the other's header":   {header{"AdminKey": {"app-secret"}}, nil, "the key in the header AdminKey is not known"},
		"a key sent twice":              {header{"AdminKey": {"admin-secret", "admin-secret"}}, nil, "there are 2 headers AdminKey: only one is possible"},
		"a token":                       {header{"Authorization": {"Bearer root"}}, []Caller{root}, ""},
		"as published clients send it":  {header{"Bearer": {"root"}}, []Caller{root}, ""},
		"as others of them send it":     {header{"Bearer": {"Bearer root"}}, []Caller{root}, ""},
		"two tokens":                    {header{"Bearer": {"pod"}, "Authorization": {"Bearer root"}}, []Caller{root, pod}, ""},
		"a token for instances":         {header{"Authorization": {"Bearer customer"}}, []Caller{customer}, ""},
		"an expired token":              {header{"Authorization": {"Bearer x"}}, nil, "the token expired"},
		"another scheme":                {header{"Authorization": {"Basic root"}}, nil, "not one bearer token"},
		"another scheme beside a key":   {header{"Authorization": {"Basic root"}, "ProvisioningKey": {"app-secret"}}, []Caller{app}, ""},
		"an expired token beside a key": {header{"Bearer": {"x"}, "ProvisioningKey": {"app-secret"}}, []Caller{app}, ""},
		"who may more comes first": {
			header{"Bearer": {"customer"}, "Authorization": {"Bearer pod"}, "ProvisioningKey": {"app-secret"}, "AdminKey": {"admin-secret"}},
			[]Caller{shop, app, pod, customer}, "",
		},
		"a key for some products comes after what may be for all": {
			header{"Authorization": {"Bearer pod"}, "ProvisioningKey": {"cad-secret"}}, []Caller{pod, cad}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := http.Header{}
			for name, values := range test.header {
				for _, value := range values {
					got.Add(name, value)
				}
			}
			known, err := a.Authenticate(t.Context(), acme, got)
			refusal := &authentication.Refusal{}
			if err != nil && !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, known.Callers); diff != "" || refusal.Message != test.refusal || known.Unchecked != nil {
				t.Errorf("refusal %q, unchecked %v, callers (-want +got):\n%s", refusal.Message, known.Unchecked, diff)
			}
			if strings.Contains(refusal.Message+refusal.Challenge(), "secret") {
				t.Errorf("the refusal tells a key: %s", refusal.Challenge())
			}
		})
	}
}

func TestWhatCannotBeCheckedNow(t *testing.T) {
	down := &reader{err: errors.New("down")}
	a := &Authenticator{
		Keys:   NewKeys(&reader{keys: []v1alpha1.APIKey{object("app", v1alpha1.ProvisioningAPIKey, "app-secret", 0)}}, down, clocktesting.NewFakePassiveClock(start)),
		Tokens: tokens{},
	}
	for name, header := range map[string]http.Header{
		"a key": {"Adminkey": {"new"}}, "a token": {"Authorization": {"Bearer slow"}}, "a key beside a bad token": {"Adminkey": {"new"}, "Bearer": {"x"}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := a.Authenticate(t.Context(), acme, header); !errors.Is(err, authentication.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
			header.Set(ProvisioningHeader, "app-secret")
			known, err := a.Authenticate(t.Context(), acme, header)
			if err != nil || len(known.Callers) != 1 || !errors.Is(known.Unchecked, authentication.ErrUnavailable) {
				t.Errorf("beside a good key: %+v, %v", known, err)
			}
		})
	}
}
