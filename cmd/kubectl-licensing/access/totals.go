package access

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// totals is how the API writes usage.Totals. Its numbers are read as the texts that they are, to the last digit.
type totals struct {
	Records  int64 `json:"records"`
	Sequence int64 `json:"sequence"`
	Position int64 `json:"position"`
	Used     []struct {
		ActivationID string      `json:"activationId"`
		Tokens       json.Number `json:"tokens"`
	} `json:"used"`
	Allocations []struct {
		ActivationID string      `json:"activationId"`
		ActionID     string      `json:"actionId"`
		Tokens       json.Number `json:"tokens"`
	} `json:"allocations"`
	Limitations []struct {
		ActivationID string      `json:"activationId"`
		LimitationID string      `json:"limitationId"`
		Balance      json.Number `json:"balance"`
		Period       int64       `json:"period"`
		PeriodStart  time.Time   `json:"periodStart"`
	} `json:"limitations"`
}

func (t totals) decoded() (usage.Totals, error) {
	result := usage.Totals{
		Used: map[string]licensing.Tokens{}, Allocations: map[usage.ActionKey]licensing.Tokens{}, Units: map[usage.LimitationKey]licensing.Balance{},
		Records: t.Records, Sequence: t.Sequence, Position: t.Position,
	}
	for _, total := range t.Used {
		tokens, err := licensing.ParseTokens(total.Tokens.String())
		if err != nil {
			return usage.Totals{}, fmt.Errorf("read what is used of line item %s: %w", total.ActivationID, err)
		}
		result.Used[total.ActivationID] = tokens
	}
	for _, total := range t.Allocations {
		tokens, err := licensing.ParseTokens(total.Tokens.String())
		if err != nil {
			return usage.Totals{}, fmt.Errorf("read what is used of line item %s under action %s: %w", total.ActivationID, total.ActionID, err)
		}
		result.Allocations[usage.ActionKey{ActivationID: total.ActivationID, ActionID: total.ActionID}] = tokens
	}
	for _, total := range t.Limitations {
		balance, err := licensing.ParseTokens(total.Balance.String())
		if err != nil {
			return usage.Totals{}, fmt.Errorf("read the balance of limitation %s of line item %s: %w", total.LimitationID, total.ActivationID, err)
		}
		key := usage.LimitationKey{ActivationID: total.ActivationID, LimitationID: total.LimitationID}
		result.Units[key] = licensing.Balance{Consumed: balance, LastReset: total.PeriodStart, Period: total.Period}
	}
	return result, nil
}
