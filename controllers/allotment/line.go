package allotment

import (
	"context"
	"errors"
	"slices"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// recordedAtOnce leaves room in the account for the refusals of others.
const recordedAtOnce = 128

// Line is who waits behind somebody to whom a unit was refused. That they are refused as well is recorded when all else is
// done, so that it is in the way of nothing. It is not safe for concurrent use.
type Line struct {
	Ledger  *ledger.Ledger
	Account ledger.AccountID

	waiting []waiting
}

type waiting struct {
	request  ledger.Request
	recorded func()
}

// Add has it recorded that a user is refused what the quota refused to an older one. The object must not say so before
// recorded is called, because then it is not asked for again.
func (l *Line) Add(user ledger.Subject, license ledger.License, quota *Quota, recorded func()) {
	if !l.Ledger.RecordsDenials() {
		recorded()
		return
	}
	l.waiting = append(l.waiting, waiting{ledger.Waiting{User: user, License: license, Refusal: quota.answer}, recorded})
}

// Record tells whether something is left for another pass.
func (l *Line) Record(ctx context.Context) (left bool) {
	for part := range slices.Chunk(l.waiting, recordedAtOnce) {
		requests := make([]ledger.Request, len(part))
		for i := range part {
			requests[i] = part[i].request
		}
		full := false
		for i, result := range l.Ledger.Batch(ctx, l.Account, requests) {
			full = full || result.User.NotRecorded || errors.Is(result.Err, ledger.ErrUnavailable)
			failed := result.Err != nil && !errors.Is(result.Err, ledger.ErrSubjectGone)
			// An informer may be behind: who has the unit by now does not wait.
			if failed || result.User.NotRecorded || result.User.Granted {
				left = true
				continue
			}
			part[i].recorded()
		}
		if full {
			break
		}
	}
	return left
}
