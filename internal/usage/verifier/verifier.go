// Package verifier holds all accounts against their usage records, again and again, so that a difference is known before a bill
// is written from it.
package verifier

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

const (
	interval = time.Hour
	// A process that has just started has more urgent things to do, and the store may not be open yet.
	firstAfter = 5 * time.Minute
	// pause leaves the API server and the store to those who wait for an answer.
	pause = 50 * time.Millisecond
	// An account moves on while it is read. Should it ever look as if it did not agree, a real difference is still there
	// a moment later.
	looks     = 3
	lookAgain = 2 * time.Second
)

// Accounts are those of the cluster.
type Accounts interface {
	List(ctx context.Context) ([]ledger.AccountID, error)
	Of(id ledger.AccountID) audit.Ledger
}

// Observer is told what was found.
type Observer interface {
	// Differs reports whether an account and its records disagree.
	Differs(account ledger.AccountID, differs bool)
	// Verified reports when all accounts were compared.
	Verified(at time.Time)
	// Idle reports that another replica compares.
	Idle()
}

// Verifier compares the figures of each account with the totals that the store keeps: it does not read every record, as
// kubectl licensing ledger verify does.
type Verifier struct {
	Accounts Accounts
	Records  audit.Records
	// Leads tells whether it is for this replica to do it.
	Leads    func() bool
	Observer Observer
	Clock    clock.WithTicker
	Log      logr.Logger

	// differing are the accounts that disagreed when they were looked at last.
	differing map[ledger.AccountID]bool
}

// NeedLeaderElection has every replica ask whether it leads: who has the store need not have the lease.
func (v *Verifier) NeedLeaderElection() bool { return false }

// Start compares until the context ends.
func (v *Verifier) Start(ctx context.Context) error {
	for wait := firstAfter; v.wait(ctx, wait) == nil; wait = interval {
		if !v.Leads() {
			v.Observer.Idle()
			v.differing = nil
			continue
		}
		if err := v.all(ctx); err != nil && ctx.Err() == nil {
			v.Log.Error(err, "Accounts could not be compared with their usage records; it is tried again in an hour")
		}
	}
	return nil
}

func (v *Verifier) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-v.Clock.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// all ends at the first account that cannot be compared: the others would not fare better.
func (v *Verifier) all(ctx context.Context) error {
	ids, err := v.Accounts.List(ctx)
	if err != nil {
		return fmt.Errorf("list accounts: %w", err)
	}
	differing := map[ledger.AccountID]bool{}
	for _, id := range ids {
		verdict, err := v.one(ctx, id)
		if err != nil {
			return fmt.Errorf("account %s: %w", id, err)
		}
		if !verdict.Sound() {
			differing[id] = true
		}
		v.Observer.Differs(id, differing[id])
		for _, finding := range verdict.Findings {
			v.Log.Info("An account and its usage records disagree", "account", id, "commit", verdict.Sequence,
				"finding", finding.Kind, "message", finding.Message)
		}
		if err := v.wait(ctx, pause); err != nil {
			return err
		}
	}
	for id := range v.differing {
		// The account may be gone.
		v.Observer.Differs(id, differing[id])
	}
	v.differing = differing
	v.Observer.Verified(v.Clock.Now())
	return nil
}

func (v *Verifier) one(ctx context.Context, id ledger.AccountID) (verdict audit.Verdict, err error) {
	for look := range looks {
		if look > 0 {
			if err := v.wait(ctx, lookAgain); err != nil {
				return verdict, err
			}
		}
		evidence, err := audit.Gather(ctx, id, v.Records, v.Accounts.Of(id))
		if err != nil {
			return verdict, err
		}
		if verdict = audit.Verify(evidence, nil, audit.Options{}); verdict.Sound() {
			break
		}
	}
	return verdict, nil
}
