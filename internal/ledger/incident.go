package ledger

import (
	"errors"
	"fmt"
)

// Incident is a finding for which charging stops until an administrator rebuilds the account or accepts it as it is.
type Incident struct {
	// ID names this very finding, so that accepting it accepts no later one.
	ID string
	// Message says what was found.
	Message string
}

// HaltedError reports that charging has stopped on an account. It wraps ErrUnavailable: the request was not denied.
type HaltedError struct{ Incident Incident }

func (e *HaltedError) Error() string { return "charging has stopped: " + e.Incident.Message }

// Unwrap lets callers treat a halt as a passing failure: it ends when an administrator has decided.
func (e *HaltedError) Unwrap() error { return ErrUnavailable }

func isHalted(err error) bool {
	var halted *HaltedError
	return errors.As(err, &halted)
}

// examine compares what was read with what the Instance and this replica have seen before. Trusted is false when there
// is nothing to go on with, for which err says why.
func (w *worker) examine(account *Account, err error, anchor Anchor) (_ *Incident, trusted bool) {
	seen, seenHash := anchor.Sequence, anchor.Hash
	if w.lastSequence >= seen && w.lastSequence > 0 {
		seen, seenHash = w.lastSequence, w.lastHash
	}
	switch {
	case errors.Is(err, ErrAccountMissing):
		if seen == 0 {
			return nil, false
		}
		return &Incident{
			ID:      fmt.Sprintf("missing-%d", seen),
			Message: fmt.Sprintf("the account is missing; its last known commit is %d", seen),
		}, false
	case errors.Is(err, ErrTampered):
		sequence, hash := int64(0), ""
		if account != nil {
			sequence, hash = account.Sequence, account.Hash
		}
		return &Incident{
			ID:      fmt.Sprintf("tampered-%d-%.8s", sequence, hash),
			Message: fmt.Sprintf("the account was changed by somebody else than the ledger: %v", err),
		}, account != nil
	case err != nil:
		return nil, false
	case account.ID != w.id:
		return &Incident{
			ID:      fmt.Sprintf("foreign-%d-%.8s", account.Sequence, account.Hash),
			Message: fmt.Sprintf("the stored account is that of %s", account.ID),
		}, true
	case account.Sequence < seen:
		return &Incident{
			ID:      fmt.Sprintf("behind-%d-%d", account.Sequence, seen),
			Message: fmt.Sprintf("the account is at commit %d, but commit %d was seen before: an older state was restored", account.Sequence, seen),
		}, true
	case seenHash != "" && (account.Sequence == seen && account.Hash != seenHash ||
		account.Sequence == seen+1 && account.PreviousHash != seenHash):
		return &Incident{
			ID:      fmt.Sprintf("forked-%d-%.8s", account.Sequence, account.Hash),
			Message: fmt.Sprintf("commit %d (%.8s) does not follow from commit %d (%.8s), which was seen before", account.Sequence, account.Hash, seen, seenHash),
		}, true
	}
	return nil, true
}

// mayCreate tells whether a missing account may be created: for an Instance that is being opened and has never seen
// one, or when the loss was accepted.
func (w *worker) mayCreate(batch []*command, anchor Anchor) bool {
	if incident, _ := w.examine(nil, ErrAccountMissing, anchor); incident != nil {
		return anchor.Accepted == incident.ID
	}
	for _, command := range batch {
		if command.open {
			return true
		}
	}
	return false
}
