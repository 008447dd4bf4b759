package sqlstore_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

func TestReadersLeaveConnectionsToThoseWhoStore(t *testing.T) {
	t.Parallel()
	const readers, all = 2, 8
	for name, openIt := range map[string]func(sqlstore.Options) (usage.Store, error){
		"SQLite": func(o sqlstore.Options) (usage.Store, error) { return sqlstore.OpenSQLite(t.Context(), newFile(t), o) },
		"PostgreSQL": func(o sqlstore.Options) (usage.Store, error) {
			return sqlstore.OpenPostgres(t.Context(), newDatabase(t), o)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads, goOn := make(chan struct{}, all), make(chan struct{})
			store, err := openIt(sqlstore.Options{Readers: readers, Trace: func(string, []any) {
				reads <- struct{}{}
				<-goOn
			}})
			if err != nil {
				t.Fatal(err)
			}
			if err := store.Append(t.Context(), []usage.Record{chargeOf("a")}); err != nil {
				t.Fatal(err)
			}
			var reading sync.WaitGroup
			for range all { // each holds a connection until it may go on
				reading.Go(func() {
					if _, err := store.Aggregate(t.Context(), usage.Aggregation{}); err != nil {
						t.Error(err)
					}
				})
			}
			for range readers {
				<-reads
			}
			select {
			case <-reads:
				t.Errorf("more than %d read at a time", readers)
			case <-time.After(500 * time.Millisecond):
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := store.Append(ctx, []usage.Record{chargeOf("b")}); err != nil {
				t.Errorf("store while all read: %v", err)
			}
			if err := store.Ping(ctx); err != nil {
				t.Errorf("ping while all read: %v", err)
			}
			close(goOn)
			reading.Wait()
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
