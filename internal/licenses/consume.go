package licenses

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// MaxValues is how many values a consumption heartbeat has at most.
const MaxValues = 10_000

// ConsumptionHeartbeat is what a client has consumed, or whom it provisions.
type ConsumptionHeartbeat struct {
	ClientID string
	// TokenKey is empty unless the client knows its token.
	TokenKey string
	Values   []ConsumptionValue
	// Idempotency lets the same heartbeat be sent again without counting twice.
	Idempotency ledger.Idempotency
}

// ConsumptionValue is one of them.
type ConsumptionValue struct {
	LimitationID       string
	Value              licensing.Tokens
	UserID, ExternalID string
	Timestamp          time.Time
}

// Consume answers for each value, in order. What is wrong with one of them refuses them all before anything is done; a
// lack of quota is no error, and refuses the one value.
func (l *Licenses) Consume(ctx context.Context, beat ConsumptionHeartbeat) ([]Consumption, error) {
	if len(beat.Values) == 0 || len(beat.Values) > MaxValues {
		return nil, invalid("$.consumption_heartbeat: has %d values, must have 1 to %d", len(beat.Values), MaxValues)
	}
	meters, err := l.metersOf(ctx, beat)
	if err != nil {
		return nil, err
	}
	requests, users := make([]ledger.Request, len(beat.Values)), l.rosterFor(beat.Values)
	for i, value := range beat.Values {
		if requests[i], err = l.requestOf(ctx, meters[value.LimitationID], value, beat.ClientID, users); err != nil {
			return nil, err
		}
		if consumption, plain := requests[i].(ledger.ConsumptionRequest); plain && beat.Idempotency.Key != "" {
			consumption.Idempotency = beat.Idempotency
			consumption.Idempotency.Key += "/" + strconv.Itoa(i)
			requests[i] = consumption
		}
	}
	results, err := l.together(ctx, beat, meters, requests)
	if err != nil {
		return nil, err
	}
	consumptions := make([]Consumption, len(results))
	var written []<-chan struct{}
	for i, result := range results {
		meter := meters[beat.Values[i].LimitationID]
		if result.Err != nil {
			return nil, l.notConsumed(meter, beat.Values[i], result.Err)
		}
		consumptions[i] = consumptionOf(meter, result)
		written = append(written, result.User.Written, result.Consumption.Written)
	}
	l.awaitWritten(ctx, displayPatience, written...)
	return consumptions, nil
}

// together asks for everything at once, of each account.
func (l *Licenses) together(ctx context.Context, beat ConsumptionHeartbeat, meters map[string]*meter, requests []ledger.Request) ([]ledger.Result, error) {
	places := map[ledger.AccountID][]int{}
	var accounts []ledger.AccountID
	licenses := map[ledger.AccountID]*license{}
	for i := range requests {
		license := meters[beat.Values[i].LimitationID].license
		id := l.accountOf(license)
		if licenses[id] == nil {
			licenses[id], accounts = license, append(accounts, id)
		}
		places[id] = append(places[id], i)
	}
	results := make([]ledger.Result, len(requests))
	for _, id := range accounts {
		wanted := make([]ledger.Request, len(places[id]))
		for i, place := range places[id] {
			wanted[i] = requests[place]
		}
		var given []ledger.Result
		err := l.opened(ctx, licenses[id], func() error {
			given = l.Ledger.Batch(ctx, id, wanted)
			missing := slices.IndexFunc(given, func(r ledger.Result) bool { return errors.Is(r.Err, ledger.ErrAccountMissing) })
			if missing < 0 {
				return nil
			}
			return given[missing].Err
		})
		if err != nil {
			return nil, l.failed(err, nil)
		}
		for i, place := range places[id] {
			results[place] = given[i]
		}
	}
	return results, nil
}
