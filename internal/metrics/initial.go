package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// A rate over a counter that is not there until its first event misses that event, and all others until it is scraped: it is
// born with their number, and has never risen. Counters whose label values are known begin at zero instead, some four hundred
// series in all. Histograms do not, because one is seventeen series: they count what is frequent.

// What moves tokens.
var (
	chargingCauses  = []licensing.Cause{licensing.CauseAccess, licensing.CauseAutomaticCharge, licensing.CauseOneOff}
	refundingCauses = []licensing.Cause{
		licensing.CauseAccess, licensing.CauseHalt, licensing.CauseClosed, licensing.CauseHeartbeatMissed, licensing.CauseDenied,
	}
)

var terminatedReasons = []licensing.TerminatedReason{
	licensing.Closed, licensing.HeartbeatMissed, licensing.NotAffordable, licensing.IdleTooLong, licensing.DeniedWithoutRollback,
}

// Why an item is refused.
var refusedItems = []licensing.ItemStatus{
	licensing.ItemNotFound, licensing.ItemNoActiveLineItem, licensing.ItemInsufficientTokens, licensing.ItemNotPriceable,
	licensing.ItemDeniedByRule, licensing.ItemUserNotProvisioned,
}

// Why units are refused over REST.
var refusedUnits = []string{ledger.DeniedByLimit, ledger.DeniedByUserLimit, ledger.DeniedByGroupLimit, ledger.DeniedByTokenLimit}

// Why a named user is refused a limitation.
var refusedLimitations = []string{
	v1alpha1.ReasonLimitReached, v1alpha1.ReasonUserLimitReached, v1alpha1.ReasonGroupLimitReached, v1alpha1.ReasonUserInactive,
	v1alpha1.ReasonUserGroupNotFound, v1alpha1.ReasonUnknownLimitation, v1alpha1.ReasonNotUserProvisioning, v1alpha1.ReasonLicenseNotValid,
	v1alpha1.ReasonLineItemNotFound, v1alpha1.ReasonInstanceNotFound,
}

// beginAtZero makes the series whose label values the operator has written down. REST.Serves makes those of operations.
func beginAtZero() {
	zero(commits, outcomeCommitted, outcomeConflicted, outcomeUnsettled)
	zero(usageStored, usage.Kinds()...)
	zero(tokensCharged, chargingCauses...)
	zero(tokensRefunded, refundingCauses...)
	zero(sessionsEnded, terminatedReasons...)
	zero(restRejected, rejections...)
	for _, status := range refusedItems {
		denials.WithLabelValues(kindRequest, reasonOf(string(status)))
		denials.WithLabelValues(kindSession, reasonOf(string(status)))
	}
	denials.WithLabelValues(kindSession, v1alpha1.ReasonTerminated)
	for _, reason := range refusedUnits {
		denials.WithLabelValues(kindRequest, reason)
	}
	for _, reason := range refusedLimitations {
		denials.WithLabelValues(kindUserProvisioning, reason)
	}
	REST{}.Serves(unrouted, nil)
}

// zero makes the series of a counter that has one label.
func zero[Value ~string](counter *prometheus.CounterVec, values ...Value) {
	for _, value := range values {
		counter.WithLabelValues(string(value))
	}
}
