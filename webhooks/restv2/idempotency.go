package restv2

import (
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// idempotency is the caller's key for the call. An account holds the keys of all its callers: the scope keeps them apart.
func idempotency(r *http.Request, key *string) ledger.Idempotency {
	if value(key) == "" {
		return ledger.Idempotency{}
	}
	scope := CallerOf(r.Context()).Scope()
	return ledger.Idempotency{
		Key:    declaration.Digest(server.RouteOf(r.Context()).Tenant, scope, *key),
		Digest: declaration.Digest(server.OperationOf(r.Context()), string(server.BodyOf(r.Context()))),
	}
}
