package restusage

import (
	"cmp"
	"maps"
	"net/http"
	"slices"

	"github.com/licensing-operator/licensing-operator/api/openapi/timestamp"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restusage/stub"
)

// GetUsageTotals shows what the account of one instance must say.
func (a *API) GetUsageTotals(w http.ResponseWriter, r *http.Request, params stub.GetUsageTotalsParams) {
	instances := scopeOf(r.Context()).Instances
	if len(params.InstanceID)+len(params.Instance) == 0 || len(instances) != 1 {
		invalid(w, r, "query parameter 'instance' or 'instanceId': must name one instance")
		return
	}
	if !a.recorded(w, r) {
		return
	}
	shown, err := a.positions(r.Context())
	if err != nil {
		a.fail(w, r, err)
		return
	}
	totals, err := a.Store.Totals(r.Context(), usage.Account{Namespace: server.RouteOf(r.Context()).Tenant, Instance: instances[0]})
	if err != nil {
		a.failStore(w, r, err)
		return
	}
	totals.Position = shown.of(totals.Position)
	a.write(w, shownTotals(totals))
}

func shownTotals(totals usage.Totals) stub.UsageTotals {
	answer := stub.UsageTotals{
		Records: totals.Records, Sequence: totals.Sequence, Position: totals.Position,
		Used: []stub.LineItemTotal{}, Allocations: []stub.ActionTotal{}, Limitations: []stub.LimitationTotal{},
	}
	for _, id := range slices.Sorted(maps.Keys(totals.Used)) {
		answer.Used = append(answer.Used, stub.LineItemTotal{ActivationID: id, Tokens: number(totals.Used[id])})
	}
	actions := slices.SortedFunc(maps.Keys(totals.Allocations), func(a, b usage.ActionKey) int {
		return cmp.Or(cmp.Compare(a.ActivationID, b.ActivationID), cmp.Compare(a.ActionID, b.ActionID))
	})
	for _, key := range actions {
		total := stub.ActionTotal{ActivationID: key.ActivationID, ActionID: key.ActionID, Tokens: number(totals.Allocations[key])}
		answer.Allocations = append(answer.Allocations, total)
	}
	limitations := slices.SortedFunc(maps.Keys(totals.Units), func(a, b usage.LimitationKey) int {
		return cmp.Or(cmp.Compare(a.ActivationID, b.ActivationID), cmp.Compare(a.LimitationID, b.LimitationID))
	})
	for _, key := range limitations {
		balance := totals.Units[key]
		total := stub.LimitationTotal{
			ActivationID: key.ActivationID, LimitationID: key.LimitationID, Balance: number(balance.Consumed), Period: balance.Period,
		}
		if !balance.LastReset.IsZero() {
			total.PeriodStart = &timestamp.Time{Time: balance.LastReset}
		}
		answer.Limitations = append(answer.Limitations, total)
	}
	return answer
}
