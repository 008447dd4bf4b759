package ledgertest

import (
	"math/rand/v2"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Storm is a mixture of faults, each with its probability. The same seed gives the same decisions for the same calls.
type Storm struct {
	// Conflict answers a commit as if somebody else had committed first.
	Conflict float64
	// Lost loses a call before it is made, Unanswered loses the answer after it was made.
	Lost, Unanswered float64
	// Late lets a write hang on its way until its caller has given up, and lands it after that.
	Late float64
	// Slow delays calls by up to MaxDelay.
	Slow     float64
	MaxDelay time.Duration
	// Old lets lists be out of date by up to MaxLag when they arrive.
	Old    float64
	MaxLag time.Duration
}

// Faults makes the faults of a storm for one client, whose calls time out after the given time.
func (s Storm) Faults(random *rand.Rand, timeout time.Duration) func(Call) Fault {
	return func(call Call) (fault Fault) {
		if random.Float64() < s.Slow {
			fault.Delay = time.Duration(random.Int64N(int64(s.MaxDelay)))
		}
		if (call.Op == OpUsers || call.Op == OpConsumptions) && random.Float64() < s.Old {
			fault.Lag = time.Duration(random.Int64N(int64(s.MaxLag)))
		}
		switch roll := random.Float64(); {
		case call.Op == OpCommit && roll < s.Conflict:
			fault.Before = ledger.ErrConflict
		case roll < s.Conflict+s.Lost:
			fault.Before = ErrLost
		case call.Op.Writes() && roll < s.Conflict+s.Lost+s.Unanswered:
			fault.After = ErrLost
		case call.Op.Writes() && roll < s.Conflict+s.Lost+s.Unanswered+s.Late:
			fault.Held = make(chan struct{})
			time.AfterFunc(timeout+time.Duration(random.Int64N(int64(timeout))), func() { close(fault.Held) })
		}
		return fault
	}
}
