// Package verifier holds all accounts against their usage records, again and again, so that a difference is known before a bill
// is written from it.
package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
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
	// turn is how often it is asked whose turn it is.
	turn = time.Minute
	// mostWaiting records of an account that wait for the store are looked up in it, fifty transactions by a query. After a
	// long outage there may be millions: an hour later they are in the store.
	mostWaiting = 5000
	// mostRefusals of the store in a row end it: the other accounts would not fare better.
	mostRefusals = 3
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
	// Leads reports since when it is for this replica to compare.
	Leads(since time.Time)
	// Verified reports when all accounts were compared.
	Verified(at time.Time)
	// Idle reports that another replica compares.
	Idle()
}

// Verifier compares the figures of each account with the totals that the store keeps, and these with the sums that bills are
// read from: it does not read every record, as kubectl licensing ledger verify does.
type Verifier struct {
	Accounts Accounts
	Records  audit.Records
	// Leads tells whether it is for this replica to do it.
	Leads    func() bool
	Observer Observer
	Clock    clock.WithTicker
	Log      logr.Logger

	// differing are the accounts that disagreed when they were compared last.
	differing map[ledger.AccountID]bool
	// accepted are the accepted differences that were logged.
	accepted map[ledger.AccountID]string
}

// NeedLeaderElection has every replica ask whether it leads: who has the store need not have the lease.
func (v *Verifier) NeedLeaderElection() bool { return false }

// Start compares until the context ends.
func (v *Verifier) Start(ctx context.Context) error {
	leading, next := false, time.Time{}
	for {
		now := v.Clock.Now()
		switch {
		case !v.Leads():
			v.Observer.Idle()
			leading, v.differing, v.accepted = false, nil, nil
		case !leading:
			v.Observer.Leads(now)
			leading, next = true, now.Add(firstAfter)
			v.differing, v.accepted = map[ledger.AccountID]bool{}, map[ledger.AccountID]string{}
		case !now.Before(next):
			if err := v.all(ctx); err != nil && ctx.Err() == nil {
				v.Log.Error(err, "Not all accounts could be compared with their usage records; it is tried again in an hour")
			}
			next = v.Clock.Now().Add(interval)
		}
		if v.wait(ctx, turn) != nil {
			return nil
		}
	}
}

func (v *Verifier) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-v.Clock.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// all goes on behind an account that cannot be compared. Only when all were is that reported.
func (v *Verifier) all(ctx context.Context) error {
	ids, err := v.Accounts.List(ctx)
	if err != nil {
		return fmt.Errorf("list accounts: %w", err)
	}
	v.forgetOthers(ids)
	failed, refusals := 0, 0
	for _, id := range ids {
		verdict, err := v.one(ctx, id)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			v.report(id, verdict)
			refusals = 0
		case errors.Is(err, usage.ErrUnavailable):
			if refusals++; refusals == mostRefusals {
				return fmt.Errorf("account %s: %w", id, err)
			}
			v.skip(id, err)
			failed++
		default:
			v.skip(id, err)
			failed, refusals = failed+1, 0
		}
		if err := v.wait(ctx, pause); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d accounts could not be compared", failed, len(ids))
	}
	v.Observer.Verified(v.Clock.Now())
	return nil
}

// forgetOthers forgets accounts that are gone.
func (v *Verifier) forgetOthers(ids []ledger.AccountID) {
	for id := range v.differing {
		if !slices.Contains(ids, id) {
			v.Observer.Differs(id, false)
			delete(v.differing, id)
		}
	}
}

// skip says why an account is not compared now. What was last found of it stays.
func (v *Verifier) skip(id ledger.AccountID, err error) {
	if errors.Is(err, audit.ErrManyWaiting) {
		v.Log.Info("An account is not compared with its usage records now: they come into the store first", "account", id, "reason", err.Error())
		return
	}
	v.Log.Error(err, "An account could not be compared with its usage records", "account", id)
}

func (v *Verifier) report(id ledger.AccountID, verdict audit.Verdict) {
	for _, note := range verdict.Notes {
		v.Log.V(1).Info("An account was compared with its usage records, with a reservation", "account", id, "commit", verdict.Sequence, "note", note)
	}
	v.Observer.Differs(id, !verdict.Agreed())
	if verdict.Agreed() {
		delete(v.differing, id)
		v.reportAccepted(id, verdict)
		return
	}
	v.differing[id] = true
	for _, finding := range verdict.Findings {
		v.Log.Info("An account and its usage records disagree", "account", id, "commit", verdict.Sequence,
			"finding", finding.Kind, "message", finding.Message, "difference", verdict.Difference)
	}
}

// reportAccepted says once that a difference is there and accepted.
func (v *Verifier) reportAccepted(id ledger.AccountID, verdict audit.Verdict) {
	if !verdict.Accepted || v.accepted[id] == verdict.Difference {
		return
	}
	v.accepted[id] = verdict.Difference
	v.Log.V(1).Info("An account and its usage records differ as was accepted", "account", id, "commit", verdict.Sequence,
		"difference", verdict.Difference)
}

func (v *Verifier) one(ctx context.Context, id ledger.AccountID) (verdict audit.Verdict, err error) {
	account := v.Accounts.Of(id)
	for look := range looks {
		if look > 0 {
			if err := v.wait(ctx, lookAgain); err != nil {
				return verdict, err
			}
		}
		evidence, err := audit.Gather(ctx, id, v.Records, account, mostWaiting)
		if err != nil {
			return verdict, err
		}
		if err := evidence.CompareSums(ctx, v.Records); err != nil {
			return verdict, err
		}
		verdict = audit.Verify(evidence, nil, audit.Options{})
		if err := verdict.Settle(ctx, account); err != nil {
			return verdict, err
		}
		if verdict.Agreed() {
			break
		}
	}
	return verdict, nil
}
