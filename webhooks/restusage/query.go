package restusage

import (
	"fmt"
	"net/http"
	"time"

	"github.com/licensing-operator/licensing-operator/api/openapi/timestamp"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restusage/stub"
)

// filters are what all operations select by. The generated parameters of each have them. Instances are left out: what the
// caller may see of them was found out before.
type filters struct {
	kind          stub.Kind
	reason        stub.Reason
	lineItem      stub.LineItem
	item          stub.Item
	requester     stub.Requester
	session       stub.Session
	transactionID stub.TransactionID
	correlationID stub.CorrelationID
	limitation    stub.Limitation
	from, to      *timestamp.Time
}

// query answers false when it has answered the request.
func (f filters) query(w http.ResponseWriter, r *http.Request) (usage.Query, bool) {
	from, to := moment(f.from), moment(f.to)
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		invalid(w, r, fmt.Sprintf("query parameter 'to': %s is not after from, %s", to.Format(time.RFC3339), from.Format(time.RFC3339)))
		return usage.Query{}, false
	}
	query := usage.Query{
		Namespace: server.RouteOf(r.Context()).Tenant, Instances: scopeOf(r.Context()).Instances,
		Reasons: f.reason, ActivationIDs: f.lineItem, Items: f.item, Requesters: f.requester, Sessions: f.session,
		TransactionIDs: f.transactionID, CorrelationIDs: f.correlationID, LimitationIDs: f.limitation, From: from, To: to,
	}
	for _, kind := range f.kind {
		query.Kinds = append(query.Kinds, usage.Kind(kind))
	}
	return query, true
}

func moment(at *timestamp.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.Time
}

func or[T any](value *T, other T) T {
	if value == nil {
		return other
	}
	return *value
}
