package metrics

import (
	"cmp"
	"context"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const microTokens = 1e6

// Recorder counts what the transactions did, wherever they came from. Each is counted by the replica that made it; one
// that another replica finishes after a crash may be counted by both, so that exact sums are those of the usage record.
type Recorder struct {
	// Next takes the transactions into the usage record; nil keeps none.
	Next ledger.Recorder
}

// Record implements ledger.Recorder.
func (r Recorder) Record(ctx context.Context, account ledger.AccountID, recorded []*ledger.Transaction) error {
	if r.Next != nil {
		// A failure is tried again, and must not be counted twice.
		if err := r.Next.Record(ctx, account, recorded); err != nil {
			return err
		}
	}
	for _, transaction := range recorded {
		count(transaction)
	}
	return nil
}

func count(transaction *ledger.Transaction) {
	cause := string(transaction.Cause)
	for _, entry := range transaction.Entries {
		counter := tokensCharged
		if entry.Kind == licensing.EntryRefund {
			counter = tokensRefunded
		}
		counter.WithLabelValues(cause).Add(float64(entry.Tokens) / microTokens)
	}
	// What objects ask for is counted when their status says that it was refused: also where nothing is recorded.
	if transaction.IsDenial() && transaction.Caller != ledger.Kubernetes {
		for _, refused := range transaction.Denials {
			Denied(kindRequest, reasonOf(refused.Reason))
		}
	}
	// Nothing happens to a session after its end, so that a transaction to it is the end.
	if session := transaction.State.Session; session != nil && session.State == licensing.Terminated {
		sessionsEnded.WithLabelValues(string(session.TerminatedReason)).Inc()
	}
}

// The kinds that ask. kindRequest is that of what is asked for over REST.
const (
	kindRequest          = "Request"
	kindSession          = "Session"
	kindUserProvisioning = "UserProvisioning"
)

// The ledger has words of its own for what the API gives reasons for.
var reasons = map[licensing.ItemStatus]string{
	licensing.ItemInsufficientTokens: v1alpha1.ReasonNotEnoughTokens,
	licensing.ItemNotFound:           v1alpha1.ReasonItemNotPriced,
	licensing.ItemNoActiveLineItem:   v1alpha1.ReasonNoUsableLineItem,
	licensing.ItemNotPriceable:       v1alpha1.ReasonInvalidFormula,
}

func reasonOf(word string) string { return cmp.Or(reasons[licensing.ItemStatus(word)], word) }

// Denied counts a denied request. Reason is one of the API's constants, never text of a user.
func Denied(kind, reason string) { denials.WithLabelValues(kind, reason).Inc() }
