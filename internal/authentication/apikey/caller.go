// Package apikey finds out who calls the v2 REST interface: by the keys that the published clients send in headers of their
// own, or by a bearer token as in the other versions (user-provisioning.md 2.1).
package apikey

import (
	"cmp"
	"slices"

	"k8s.io/apiserver/pkg/authentication/user"
)

// Kind says by what a caller is known.
type Kind string

// The kinds of callers.
const (
	// Provisioning is software that has a key embedded: it provisions and revokes.
	Provisioning Kind = "Provisioning"
	// Admin is the producer's back office with a key: it may do everything.
	Admin Kind = "Admin"
	// Administration is the producer with a token: it may do everything.
	Administration Kind = "Administration"
	// ServiceAccount is whoever the API server knows by the token: its RBAC decides.
	ServiceAccount Kind = "ServiceAccount"
	// Client is who has a token for instances: the v2 interface has nothing for it.
	Client Kind = "Client"
)

// Caller is who makes a call. The zero value is nobody.
type Caller struct {
	Kind Kind
	// Name is that of the APIKey, the id of the key that verified the token, or the name of the cluster's user.
	Name string
	// Products are the names or ids of the only products that the caller may touch; empty for all.
	Products []string
	// User is what RBAC is asked about; only of a ServiceAccount.
	User user.Info
}

// String names the caller in logs.
func (c Caller) String() string {
	switch c.Kind {
	case Provisioning:
		return "provisioning key " + c.Name
	case Admin:
		return "admin key " + c.Name
	case Administration:
		return "administration key " + c.Name
	case Client:
		return "client key " + c.Name
	case ServiceAccount:
		return c.Name
	}
	return "nobody"
}

// Scope tells callers apart where something is kept for each: idempotency keys, rates. A kind never has a slash.
func (c Caller) Scope() string { return string(c.Kind) + "/" + c.Name }

// rank puts who may do more before others: a call is made by the first that may make it.
func (c Caller) rank() int {
	switch {
	case c.Kind == Admin:
		return 0
	case c.Kind == Administration:
		return 1
	case c.Kind == Provisioning && len(c.Products) == 0:
		return 2
	case c.Kind == ServiceAccount:
		return 3
	case c.Kind == Provisioning:
		return 4
	}
	return 5
}

func sortByRank(callers []Caller) {
	slices.SortStableFunc(callers, func(a, b Caller) int { return cmp.Compare(a.rank(), b.rank()) })
}
