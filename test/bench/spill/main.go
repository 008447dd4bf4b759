// Command spill measures what usage records cost the API server while the usage store is down, on the embedded control
// plane: bytes of a record, pages a second, and how fast the store has them when it is back.
package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/uuid"
	"k8s.io/utils/clock"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/late"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

func main() {
	ctrllog.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "spill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	plane, err := controlplane.Start(ctx, controlplane.Options{Install: true})
	if err != nil {
		return err
	}
	connecting, cancel := context.WithCancel(ctx)
	defer func() { cancel(); err = errors.Join(err, plane.Stop()) }()
	connected, err := cluster.Connect(connecting, plane.Config)
	if err != nil {
		return err
	}
	b := &bench{spill: kubestore.Spill{Accounts: connected.Accounts}, dir: plane.Dir, out: tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)}
	if err := b.sizes(ctx); err != nil {
		return err
	}
	for _, accounts := range []int{1, 16, 64} {
		if err := b.outage(ctx, accounts); err != nil {
			return err
		}
	}
	return nil
}

type bench struct {
	spill kubestore.Spill
	dir   string
	out   *tabwriter.Writer
}

// transactions are charges of sessions, as many as different as in life.
func transactions(first, count int) []*ledger.Transaction {
	made := make([]*ledger.Transaction, count)
	for i := range made {
		user := rand.IntN(500)
		made[i] = &ledger.Transaction{
			ID: uuid.NewString(), Sequence: int64(first + i), Time: time.Now().UTC().Truncate(time.Millisecond), Cause: licensing.CauseAutomaticCharge,
			Requester: licensing.Requester{Type: "user", Value: fmt.Sprintf("user-%d@example.com", user)},
			Subject: ledger.Subject{
				Kind: ledger.SessionSubject, Namespace: "example-producer", Name: fmt.Sprintf("session-%d", user), UID: uuid.NewString(),
			},
			Entries: []licensing.Entry{{
				Kind: licensing.EntryCharge, Item: []string{"PhotoPrint", "PhotoDesigner", "Layout"}[rand.IntN(3)], Version: "1.0",
				Count: licensing.Count(1+rand.IntN(9)) * 1_000_000, Rate: 3_000_000, RateTable: "publication-apps-1", Series: "publication-apps",
				ActivationID: "ACT01-Elastic", Tokens: licensing.Tokens(1+rand.IntN(9)) * 3_000_000,
			}},
		}
	}
	return made
}

// sizes prints what pages of so many records take.
func (b *bench) sizes(ctx context.Context) error {
	fmt.Fprintln(b.out, "records of a page\tbytes\tbytes of a record\trecords in 256 MiB")
	for _, records := range []int{1, 10, 100, 1000} {
		account := ledger.AccountID{Namespace: "example-producer", Name: fmt.Sprintf("size-%d", records)}
		box := b.box(&late.Store{})
		if err := b.known(ctx, box, func() error { return box.Record(ctx, account, transactions(1, records)) }); err != nil {
			return err
		}
		waiting := box.StateOf(account).Waiting
		fmt.Fprintf(b.out, "%d\t%d\t%d\t%d\n", records, waiting.Bytes, waiting.Bytes/int64(records), (256<<20)/(waiting.Bytes/int64(records)))
		box.Close()
	}
	return errors.Join(b.out.Flush(), b.clear(ctx))
}

func (b *bench) box(store usage.Store) *outbox.Outbox {
	return outbox.New(outbox.Options{Store: store, Spill: b.spill, Clock: clock.RealClock{}, Log: logr.Discard()})
}

// known runs a function once the outbox knows the pages.
func (b *bench) known(ctx context.Context, box *outbox.Outbox, do func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); _ = box.Start(ctx) }()
	defer func() { cancel(); <-done }()
	return do()
}

// outage records for a while with a store that is down, and then has it come back.
func (b *bench) outage(ctx context.Context, accounts int) error {
	const lasts = 5 * time.Second
	var open atomic.Bool
	store := &late.Store{Clock: clock.RealClock{}, Log: logr.Discard(), Open: func(ctx context.Context) (usage.Store, error) {
		if !open.Load() {
			return nil, errors.New("it is down")
		}
		return sqlstore.OpenSQLite(ctx, filepath.Join(b.dir, fmt.Sprintf("usage-%d.db", accounts)), sqlstore.Options{})
	}}
	defer func() { _ = store.Close() }()
	box := b.box(store)
	defer box.Close()
	return b.known(ctx, box, func() error {
		var records atomic.Int64
		var everybody sync.WaitGroup
		var failed atomic.Value
		until := time.Now().Add(lasts)
		for n := range accounts {
			account := ledger.AccountID{Namespace: "example-producer", Name: fmt.Sprintf("outage-%d-%d", accounts, n)}
			everybody.Go(func() {
				for sequence := 1; time.Now().Before(until); sequence += 32 {
					if err := box.Record(ctx, account, transactions(sequence, 32)); err != nil {
						failed.Store(err)
						return
					}
					records.Add(32)
				}
			})
		}
		everybody.Wait()
		if err, is := failed.Load().(error); is {
			return err
		}
		pages, err := b.spill.List(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%d accounts: %d records are spilled\n", accounts, records.Load())
		open.Store(true)
		began := time.Now()
		if err := store.Start(ctx); err != nil {
			return err
		}
		if err := b.drained(ctx); err != nil {
			return err
		}
		took := time.Since(began)
		fmt.Fprintf(b.out, "%d accounts\t%.0f pages/s\t%.0f records/s spilled\t%d pages left by merging\tmoved to SQLite at %.0f records/s\n", accounts,
			float64(records.Load()/32)/lasts.Seconds(), float64(records.Load())/lasts.Seconds(), len(pages), float64(records.Load())/took.Seconds())
		return b.out.Flush()
	})
}

func (b *bench) drained(ctx context.Context) error {
	for {
		pages, err := b.spill.List(ctx)
		if err != nil || len(pages) == 0 {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *bench) clear(ctx context.Context) error {
	pages, err := b.spill.List(ctx)
	if err != nil {
		return err
	}
	for _, page := range pages {
		if err := b.spill.Delete(ctx, page); err != nil {
			return err
		}
	}
	return nil
}
