package audit

import (
	"context"
	"iter"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Records is where stored records are read: in a store, or by the data access API.
type Records interface {
	Records(ctx context.Context, query usage.Query) iter.Seq2[usage.Record, error]
	Totals(ctx context.Context, account usage.Account) (usage.Totals, error)
	Aggregate(ctx context.Context, aggregation usage.Aggregation) ([]usage.Bucket, error)
	// KeptFrom is since when nothing is missing, where something was dropped of what a query selects by account and by the time
	// from which on; zero where nothing was. Whoever reads records or sums asks afterwards.
	KeptFrom(ctx context.Context, query usage.Query) (time.Time, error)
}

// Stored are the records of a store.
type Stored struct{ usage.Store }

var _ Records = Stored{}

// KeptFrom implements Records.
func (s Stored) KeptFrom(ctx context.Context, query usage.Query) (time.Time, error) {
	dropped, err := s.Dropped(ctx, query)
	if err != nil || dropped.Position == 0 {
		return time.Time{}, err
	}
	return dropped.KeptFrom, nil
}

// queryOf selects all records of an account.
func queryOf(account usage.Account) usage.Query {
	return usage.Query{Namespace: account.Namespace, Instances: []string{account.Instance}}
}
