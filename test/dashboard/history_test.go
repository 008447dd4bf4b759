package dashboard

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

// remembered is how long the producer has been in business.
const remembered = 75 * 24 * time.Hour

type product struct {
	item, version string
	rate          licensing.Tokens
}

var products = []product{
	{"PhotoPrint", "1.0", 3 * licensing.Token}, {"CADPrint", "2.0", 7 * licensing.Token},
	{"Render", "3.1", 2_333_333}, {"SignPrint", "1.0", 4 * licensing.Token},
}

var staff = map[string][]string{
	"acme":   {"LisaBarry", "OmarDiaz", "PriyaNair", "TomBecker"},
	"globex": {"HankScorpio", "MindySimmons"},
}

// remember fills a usage store with what an operator has recorded in a few months: working days are busier, and a part of
// what is charged comes back.
func remember(ctx context.Context, path string, now time.Time) error {
	store, err := sqlstore.OpenSQLite(ctx, path, sqlstore.Options{})
	if err != nil {
		return err
	}
	chance := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // the same figures each time
	var records []usage.Record
	for at := now.Add(-remembered); at.Before(now.Add(-time.Hour)); at = at.Add(time.Hour) {
		for _, instance := range []string{"acme", "globex"} {
			records = append(records, hour(chance, instance, at, len(records))...)
		}
	}
	return errors.Join(store.Append(ctx, records), store.Close())
}

func hour(chance *rand.Rand, instance string, at time.Time, from int) (made []usage.Record) {
	busy := 2
	if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday || at.Hour() < 7 || at.Hour() > 18 {
		busy = 14
	}
	if chance.IntN(busy) > 0 {
		return nil
	}
	sold := products[min(chance.IntN(len(products)), chance.IntN(len(products)))]
	people := staff[instance]
	count := licensing.Tokens(1 + chance.IntN(6))
	record := usage.Record{
		Kind: usage.Charge, Reason: "Granted", Time: at.Add(time.Duration(chance.IntN(3600)) * time.Second).UTC(),
		Namespace: namespace, Instance: instance, RequesterType: "user", RequesterValue: people[chance.IntN(len(people))],
		ActivationID: map[string]string{"acme": "ACME-Studio", "globex": "GLOBEX-Studio"}[instance],
		Item:         sold.item, Version: sold.version, Count: licensing.Count(count * licensing.Token), Rate: sold.rate, Tokens: count * sold.rate,
	}
	made = append(made, numbered(record, from))
	switch chance.IntN(12) {
	case 0:
		record.Kind, record.Reason, record.Tokens = usage.Refund, "Closed", record.Tokens/2
		made = append(made, numbered(record, from+1))
	case 1:
		record.Kind, record.Reason, record.Message = usage.Denial, "NotEnoughTokens", fmt.Sprintf("%s would take %s tokens, and fewer are available", record.Item, record.Tokens)
		made = append(made, numbered(record, from+1))
	case 2:
		record.Kind, record.Reason, record.ActivationID, record.Item = usage.Denial, "ItemNotPriced", "", "Plotter"
		record.Rate, record.Tokens, record.Message = 0, 0, "no rate table has the item Plotter"
		made = append(made, numbered(record, from+1))
	}
	return made
}

// numbered names no commit: the accounts of the shop are new, and none is made of which a record tells that there was one.
func numbered(record usage.Record, n int) usage.Record {
	record.TransactionID = fmt.Sprintf("history-%d", n)
	record.ID = record.TransactionID + "/0"
	return record
}
