package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/controllers/instance"
	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/metrics"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
	"github.com/licensing-operator/licensing-operator/internal/usage/late"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
	"github.com/licensing-operator/licensing-operator/internal/usage/retention"
	"github.com/licensing-operator/licensing-operator/internal/usage/sink"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
	"github.com/licensing-operator/licensing-operator/internal/usage/verifier"
	"github.com/licensing-operator/licensing-operator/internal/usagelog"
)

// usageRecords are the ways that what the ledger commits takes to where bills are written from.
type usageRecords struct {
	configuration config.OperatorConfiguration
	log           logr.Logger
	// store and outbox are nil where no records are kept, file is nil where there is no usage log.
	store  *late.Store
	outbox *outbox.Outbox
	file   *usagelog.Log
	// leads is closed when this replica is the leader.
	leads <-chan struct{}
}

func newUsageRecords(mgr ctrl.Manager, accounts *kubestore.Accounts, configuration config.OperatorConfiguration, log logr.Logger) (*usageRecords, error) {
	u := &usageRecords{configuration: configuration, log: log.WithName("usage"), leads: mgr.Elected()}
	if path := configuration.UsageLog.Path; path != "" {
		file, err := usagelog.Open(path)
		if err != nil {
			return nil, err
		}
		u.file = file
	}
	if configuration.Usage.Store.Resolved() == config.UsageStoreNone {
		return u, nil
	}
	u.store = &late.Store{Open: opener(configuration.Usage.Store), Clock: clock.RealClock{}, Log: u.log}
	u.outbox = outbox.New(outbox.Options{
		Store: u.store, Spill: kubestore.Spill{Accounts: accounts}, Clock: clock.RealClock{}, Log: u.log,
		Leads: u.isLeading, Observer: metrics.Outbox{},
		MaxBytes: configuration.Usage.Spill.MaxBytes, DropWhenFull: configuration.Usage.WhenFull == config.UsageContinue,
	})
	return u, u.addTo(mgr, accounts)
}

func opener(configured config.UsageStore) func(context.Context) (usage.Store, error) {
	if configured.Resolved() == config.UsageStoreSQLite {
		return func(ctx context.Context) (usage.Store, error) {
			return sqlstore.OpenSQLite(ctx, configured.SQLite.Path, sqlstore.Options{})
		}
	}
	// The file is read each time: a Secret may come later than the pod, or change.
	return func(ctx context.Context) (usage.Store, error) {
		url, err := os.ReadFile(configured.PostgreSQL.URLFile)
		if err != nil {
			return nil, fmt.Errorf("usage.store.postgresql.urlFile: %w", err)
		}
		return sqlstore.OpenPostgres(ctx, strings.TrimSpace(string(url)), sqlstore.Options{})
	}
}

// isLeading tells whether it is for this replica to look after the store. A file is looked after by who has it open.
func (u *usageRecords) isLeading() bool {
	if u.configuration.Usage.Store.Resolved() == config.UsageStoreSQLite && u.store.IsOpen() {
		return true
	}
	select {
	case <-u.leads:
		return true
	default:
		return false
	}
}

func (u *usageRecords) addTo(mgr ctrl.Manager, accounts *kubestore.Accounts) error {
	problems := []error{mgr.Add(u.store), mgr.Add(u.outbox)}
	if keep := u.configuration.Usage.Retention.Duration; keep > 0 {
		keeper := &retention.Keeper{Store: u.store, Retention: keep, Leads: u.isLeading, Clock: clock.RealClock{}, Log: u.log}
		if u.configuration.Usage.Sink.URL != "" {
			keeper.Unsent = (&sink.Backlog{Store: u.store, Positions: &kubestore.SinkPosition{Accounts: accounts}}).Oldest
		}
		problems = append(problems, mgr.Add(keeper))
	}
	if url := u.configuration.Usage.Sink.URL; url != "" {
		problems = append(problems, mgr.Add(&sink.Tailer{
			Store: u.store, Positions: &kubestore.SinkPosition{Accounts: accounts}, URL: url, AuthorizationFile: u.configuration.Usage.Sink.AuthorizationFile,
			Clock: clock.RealClock{}, Log: u.log.WithName("sink"), Observer: metrics.Sink{},
		}))
	}
	return errors.Join(problems...)
}

// verify has accounts compared with their records, where those are kept.
func (u *usageRecords) verify(mgr ctrl.Manager, store *kubestore.Store, accounts *kubestore.Accounts) error {
	if u.outbox == nil {
		return nil
	}
	return mgr.Add(&verifier.Verifier{
		Accounts: kubestore.Audited{Store: store, Accounts: accounts}, Records: audit.Stored{Store: u.store}, Leads: u.isLeading,
		Observer: metrics.Verification{}, Clock: clock.RealClock{}, Log: u.log,
	})
}

// recorder takes transactions into the store first: it knows what it has, and the file does not.
func (u *usageRecords) recorder() ledger.Recorder {
	var all recorders
	if u.outbox != nil {
		all = append(all, u.outbox)
	}
	if u.file != nil {
		all = append(all, u.file)
	}
	return metrics.Recorder{Next: all}
}

// lastRecorded is for ledger.Options.
func (u *usageRecords) lastRecorded(ctx context.Context, id ledger.AccountID) (int64, error) {
	if u.store == nil {
		return 0, nil
	}
	waiting, notListed := u.outbox.LastCommit(ctx, id)
	totals, err := u.store.Totals(ctx, usage.Account{Namespace: id.Namespace, Instance: id.Name})
	return max(waiting, totals.Sequence), errors.Join(notListed, err)
}

// kept tells whether there is a record at all.
func (u *usageRecords) kept() bool { return u.outbox != nil || u.file != nil }

// pressed tells that room should be left to what moves an account's tokens.
func (u *usageRecords) pressed(id ledger.AccountID) bool {
	return u.outbox != nil && u.outbox.Pressed(id)
}

// states are nil where no records are kept.
func (u *usageRecords) states() instance.Usage {
	if u.outbox == nil {
		return nil
	}
	return u.outbox
}

// close is to be called when the ledger is closed.
func (u *usageRecords) close() error {
	var problems []error
	if u.outbox != nil {
		u.outbox.Close()
		problems = append(problems, u.store.Close())
	}
	if u.file != nil {
		problems = append(problems, u.file.Close())
	}
	return errors.Join(problems...)
}

// recorders take transactions one after the other.
type recorders []ledger.Recorder

// Record implements ledger.Recorder. After a failure all of them are asked again.
func (r recorders) Record(ctx context.Context, account ledger.AccountID, transactions []*ledger.Transaction) error {
	for _, recorder := range r {
		if err := recorder.Record(ctx, account, transactions); err != nil {
			return err
		}
	}
	return nil
}
