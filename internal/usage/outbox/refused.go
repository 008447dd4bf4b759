package outbox

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// apart takes the pages of refused accounts out, however many there are, so that others need not wait for them. Now and then
// it gives the first one of each again: those behind it have to wait for it anyway.
func (o *Outbox) apart(pages []Page) (others, again []Page) {
	refused, now := o.refusedAccounts(), o.options.Clock.Now()
	tried := map[ledger.AccountID]time.Time{}
	for _, page := range pages {
		if _, found := refused[page.Account]; !found {
			others = append(others, page)
			continue
		}
		if _, behind := tried[page.Account]; behind {
			continue
		}
		last, before := o.tried[page.Account]
		switch {
		case !before: // it was refused a moment ago
			last = now
		case now.Sub(last) >= o.options.Retry:
			again, last = append(again, page), now
		}
		tried[page.Account] = last
	}
	o.tried = tried
	return others, again
}

// setRefused notes why an account's pages stay where they are; nil says that they do not.
func (o *Outbox) setRefused(account ledger.AccountID, cause error) {
	o.mu.Lock()
	before := o.sum.refused[account]
	// Its pages are weighed as those of one that is refused, or are not any more.
	o.sum.weigh(account, -o.sum.accounts[account].Bytes)
	if cause == nil {
		delete(o.sum.refused, account)
	} else {
		if o.sum.refused == nil {
			o.sum.refused = map[ledger.AccountID]string{}
		}
		o.sum.refused[account] = cause.Error()
	}
	o.sum.weigh(account, o.sum.accounts[account].Bytes)
	changed, refused := before != o.sum.refused[account], len(o.sum.refused)
	o.mu.Unlock()
	if !changed {
		return
	}
	o.options.Observer.Refused(refused)
	o.tell(account)
	if cause != nil {
		o.options.Log.Error(cause, "The usage store does not take the records of an account; they stay on the API server", "account", account)
	}
}

func (o *Outbox) refusedAccounts() map[ledger.AccountID]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.sum.refused)
}

// refusal gives the error of an append if it is about the records, and not about the store or about who has waited.
func refusal(err error) error {
	for _, other := range []error{usage.ErrUnavailable, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, other) {
			return nil
		}
	}
	return err
}

// refusedForRoom are the accounts that are refused and could not make a page of it, when there is room for one now: they are
// asked again, or have lost what it was about.
func (s *summary) refusedForRoom() (accounts []ledger.AccountID) {
	if s.wanted != (wanted{}) {
		return nil
	}
	for account := range s.refused {
		if s.accounts[account].Pages == 0 {
			accounts = append(accounts, account)
		}
	}
	return accounts
}
