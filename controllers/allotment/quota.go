package allotment

import (
	"context"
	"math"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Quota tells how many units of a limitation may be asked for before the answers are known. One more than there are is
// asked for, so that it is the ledger that says that there are no more. It must not be many more: each of them would be a
// request for nothing, in every pass.
type Quota struct {
	// Refusal is set when the ledger has refused a unit. Nobody younger gets any in this pass then, not even one that is
	// given back meanwhile: it belongs to the oldest who waits.
	Refusal *Refusal
	// answer is what the ledger said then.
	answer licensing.Provisioned
	left   int64
}

// Refuse takes the ledger's refusal, and what is said of it.
func (q *Quota) Refuse(answer ledger.UserAnswer, refusal *Refusal) {
	q.answer, q.Refusal = answer.Provisioned, refusal
}

// surprise is how many more are asked for when there were more than expected.
const surprise = 16

// NewQuota starts from the number of units held.
func NewQuota(limitation licensing.Limitation, held int64) *Quota {
	if limitation.Limit == nil || !limitation.Enforce {
		return &Quota{left: math.MaxInt64}
	}
	goodwill := float64(limitation.Goodwill) / float64(licensing.Token) / 100
	ceiling := float64(*limitation.Limit) * (1 + goodwill)
	return &Quota{left: max(0, int64(ceiling)-held) + 1}
}

// Ask tells whether a unit may be asked for, after the answers to those before if need be.
func (q *Quota) Ask(ctx context.Context, asked *Batch) (bool, error) {
	if q.Refusal == nil && q.left == 0 {
		if err := asked.Flush(ctx); err != nil {
			return false, err
		}
		q.left = surprise
	}
	if q.Refusal != nil {
		return false, nil
	}
	q.left--
	return true, nil
}

// Unask takes back an Ask that nothing came of.
func (q *Quota) Unask() { q.left++ }
