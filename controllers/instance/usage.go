package instance

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
)

// Usage tells how the usage records of accounts fare.
type Usage interface {
	StateOf(account ledger.AccountID) outbox.State
	// Notify has a function called for each account of which the state changes.
	Notify(changed func(ledger.AccountID))
}

// usageRefresh is how soon the figures of records that wait are looked at again.
const usageRefresh = 30 * time.Second

// ofUsage enqueues the Instances whose records begin to wait or do not any more.
func ofUsage(of Usage) source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		of.Notify(func(id ledger.AccountID) { queue.Add(reconcile.Request{NamespacedName: types.NamespacedName(id)}) })
		return nil
	})
}

// usageCondition says whether all that was charged is in the usage store.
func usageCondition(conditions *status.Conditions, state outbox.State) {
	const recorded = v1alpha1.ConditionUsageRecorded
	waiting := ""
	if state.Waiting.Records > 0 {
		waiting = fmt.Sprintf("; %d records of this instance wait on the API server, the oldest since %s",
			state.Waiting.Records, state.Waiting.Oldest.UTC().Format(time.RFC3339))
	}
	taken := fmt.Sprintf("those of all instances take %s of the %s that they may", mebibytes(state.All.Bytes), mebibytes(state.MaxBytes))
	if state.Refused != "" {
		taken = fmt.Sprintf("those of all instances that it refuses take %s of the %s that they may, those of all instances %s of %s",
			mebibytes(state.RefusedBytes), mebibytes(state.RefusedMaxBytes), mebibytes(state.All.Bytes), mebibytes(state.MaxBytes))
	}
	cause := cmp.Or(state.Down, state.Refused)
	switch {
	case state.Full && state.Continues:
		conditions.False(recorded, v1alpha1.ReasonSpillFull, fmt.Sprintf(
			"records are lost: neither the usage store nor the API server takes them, and usage.whenFull is Continue; %d were lost by this replica%s; %s%s",
			state.Lost, waiting, taken, because(cause)))
	case state.Full:
		conditions.False(recorded, v1alpha1.ReasonSpillFull, fmt.Sprintf(
			"charging stops: neither the usage store nor the API server takes more records%s; %s%s", waiting, taken, because(cause)))
	case state.NearlyFull() && cause != "":
		conditions.False(recorded, v1alpha1.ReasonSpillNearlyFull, "the room for usage records that wait for the store is nearly full"+
			waiting+"; "+taken+because(cause))
	case state.Refused != "":
		conditions.False(recorded, v1alpha1.ReasonStoreRefuses, "the usage store does not take the records of this instance: "+state.Refused+waiting+"; "+taken)
	case state.Waiting.Records > 0 && state.Down != "":
		conditions.False(recorded, v1alpha1.ReasonStoreUnavailable, "the usage store does not take records; charging goes on"+waiting+"; "+taken+because(cause))
	case state.Waiting.Records > 0:
		conditions.False(recorded, v1alpha1.ReasonStoreCatchingUp, "the usage store is taking what has waited"+waiting)
	default:
		conditions.True(recorded, v1alpha1.ReasonRecorded, "what was charged is in the usage store, or on its way there")
	}
}

func because(cause string) string {
	if cause == "" {
		return ""
	}
	return ": " + cause
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
