package rest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

// CreateRateTable publishes a price list.
func (a *API) CreateRateTable(w http.ResponseWriter, r *http.Request, _ stub.CreateRateTableParams) {
	var body stub.RateTable
	if !decode(w, r, &body) {
		return
	}
	table := tenant.RateTable{Series: text(body.Series), Version: body.Version}
	if body.EffectiveFrom != nil {
		table.EffectiveFrom = time.UnixMilli(*body.EffectiveFrom).UTC()
	}
	for i, item := range body.Items {
		line := tenant.RateTableItem{Name: item.Name, Version: text(item.Version), Formula: text(item.Formula)}
		if item.Rate != nil {
			rate, err := licensing.ParseTokens(item.Rate.String())
			if err != nil {
				a.fail(w, r, invalid("$.items[%d].rate: %s", i, err))
				return
			}
			line.Rate = &rate
		}
		if item.Limitation != nil {
			line.Limitation = &licensing.Requirement{LimitationID: item.Limitation.ID, Provision: item.Limitation.Provision != nil && *item.Limitation.Provision}
		}
		table.Items = append(table.Items, line)
	}
	err := a.tenant(r).CreateRateTable(r.Context(), table)
	a.answer(w, r, http.StatusCreated, stub.Message{Message: "Rate table successfully saved"}, err)
}

// ListRateTables lists the price lists.
func (a *API) ListRateTables(w http.ResponseWriter, r *http.Request, params stub.ListRateTablesParams) {
	tables, err := a.tenant(r).RateTables(r.Context(), params.Current != nil && *params.Current)
	a.answer(w, r, http.StatusOK, each(tables, dialectOf(r).rateTable), err)
}

// DeleteRateTable deletes a price list whose time has not come.
func (a *API) DeleteRateTable(w http.ResponseWriter, r *http.Request, params stub.DeleteRateTableParams) {
	err := a.tenant(r).DeleteRateTable(r.Context(), text(params.Series), params.Version)
	a.answer(w, r, http.StatusNoContent, nil, err)
}

func (d dialect) rateTable(table tenant.RateTable) stub.RateTable {
	return stub.RateTable{
		Series: optional(table.Series), Version: table.Version,
		EffectiveFrom: new(millis(table.EffectiveFrom)), Created: new(millis(table.Created)),
		Items: each(table.Items, func(item tenant.RateTableItem) stub.RateTableItem {
			line := stub.RateTableItem{Name: item.Name, Version: optional(item.Version)}
			if d.formulas {
				line.Formula = optional(item.Formula)
			}
			if item.Rate != nil {
				line.Rate = new(number(*item.Rate))
			}
			if d.units && item.Limitation != nil {
				line.Limitation = &stub.ItemLimitation{ID: item.Limitation.LimitationID, Provision: &item.Limitation.Provision}
			}
			return line
		}),
	}
}

func number[N fmt.Stringer](value N) decimal.Decimal { return decimal.Decimal(value.String()) }
