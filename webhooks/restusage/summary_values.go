package restusage

import (
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/api/openapi/timestamp"
	"github.com/licensing-operator/licensing-operator/internal/standing"
	"github.com/licensing-operator/licensing-operator/webhooks/restusage/stub"
)

func instanceSummary(instance standing.Instance, used burn, window window) stub.InstanceSummary {
	state := instance.Ledger
	shown := stub.InstanceSummary{
		Instance: instance.Name, InstanceID: instance.ID, ShortName: instance.ShortName, AccountID: instance.AccountID,
		LineItems: []stub.LineItemSummary{},
		Sessions:  stub.SessionsSummary{Active: figure(instance.Active), Idle: figure(instance.Idle)},
		Ledger: stub.LedgerSummary{
			Account: state.Account, Healthy: state.Problem == "", Sequence: state.Sequence, LastCommit: optional(state.LastCommit),
			Open: int32(state.Open), //nolint:gosec // the ledger keeps far fewer open
		},
	}
	if state.Problem != "" {
		shown.Ledger.Message = &state.Problem
	}
	for _, lineItem := range instance.LineItems {
		shown.LineItems = append(shown.LineItems, lineItemSummary(instance.Name, lineItem, used, window.of(lineItem.Start)))
	}
	return shown
}

func lineItemSummary(instance string, lineItem standing.LineItem, used burn, window window) stub.LineItemSummary {
	shown := stub.LineItemSummary{
		ActivationID: lineItem.ActivationID, LineItem: lineItem.Name, State: lineItem.State,
		Start: timestamp.Time{Time: lineItem.Start}, End: timestamp.Time{Time: lineItem.End},
		Entitled: figure(lineItem.Entitled), Used: figure(lineItem.Used), Available: someFigure(lineItem.Available), Unlimited: lineItem.Available == nil,
		Limitations: []stub.LimitationSummary{},
	}
	for _, limitation := range lineItem.Limitations {
		shown.Limitations = append(shown.Limitations, stub.LimitationSummary{
			LimitationID: limitation.ID, Name: limitation.Name, Used: figure(limitation.Used),
			Limit: someFigure(limitation.Limit), Available: someFigure(limitation.Available),
		})
	}
	if used == nil {
		return shown
	}
	inWindow := used[[2]string{instance, lineItem.ActivationID}]
	records := fmt.Sprintf("/usage/v1/aggregates?instance=%s&by=lineItem, %s", instance, window.span())
	shown.BurnRate = &stub.Figure{Value: number(window.ratePerDay(inWindow)), Source: "used in a day, by " + records}
	if lineItem.Available == nil {
		return shown
	}
	if at := window.lasts(lineItem.Available.Value, inWindow, lineItem.End); !at.IsZero() {
		shown.Exhausted = &stub.Moment{Time: timestamp.Time{Time: at}, Source: "available, at the rate of " + records}
	}
	return shown
}

func figure(f standing.Figure) stub.Figure {
	return stub.Figure{Value: number(f.Value), Source: f.Source}
}

func someFigure(f *standing.Figure) *stub.Figure {
	if f == nil {
		return nil
	}
	return new(figure(*f))
}

func optional(at time.Time) *timestamp.Time {
	if at.IsZero() {
		return nil
	}
	return &timestamp.Time{Time: at}
}
