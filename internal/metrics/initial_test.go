package metrics

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// zeros are the label values of the series of a counter, all of which have to be zero.
func zeros(t *testing.T, metric map[string]float64) []string {
	t.Helper()
	for labels, value := range metric {
		if value != 0 {
			t.Errorf("%s is %g", labels, value)
		}
	}
	return slices.Sorted(maps.Keys(metric))
}

// What begins with its first event has never risen, so that no alert is raised for it.
func TestCountersBeginAtZero(t *testing.T) {
	read := gather(t)
	REST{}.Serves("v1.1", []string{"closeSession"})
	series := read()
	for name, want := range map[string][]string{
		"ledger_commits_total":  {"committed", "conflicted", "unsettled"},
		"sessions_ended_total":  {"Closed", "DeniedWithoutRollback", "HeartbeatMissed", "IdleTooLong", "NotAffordable"},
		"tokens_charged_total":  {"Access", "AutomaticCharge", "OneOff"},
		"tokens_refunded_total": {"Access", "Closed", "DeniedWithoutRollback", "Halt", "HeartbeatMissed"},
		"rest_rejected_total":   {"authentication_failures", "caller_in_flight", "caller_rate", "in_flight"},
		"rest_panics_total":     {"closeSession", "none"},
		"rest_requests_total": {
			"500/closeSession/v1.1", "500/none/none", "500/none/v1.1", "503/closeSession/v1.1", "503/none/none", "503/none/v1.1",
		},
		"usage_records_stored_total": {
			"AutomaticCharge", "Charge", "Consumption", "Correction", "Denial", "Provision", "Refund", "Revoke", "Rollback",
		},
		"usage_records_lost_total": {""},
		"denials_unrecorded_total": {""},
		"denials_total": {
			"Request/DeniedByRule", "Request/GroupLimitReached", "Request/InvalidFormula", "Request/ItemNotPriced", "Request/LimitReached",
			"Request/NoUsableLineItem", "Request/NotEnoughTokens", "Request/TokenLimitReached", "Request/UserLimitReached",
			"Request/UserNotProvisioned",
			"Session/DeniedByRule", "Session/InvalidFormula", "Session/ItemNotPriced", "Session/NoUsableLineItem", "Session/NotEnoughTokens",
			"Session/Terminated", "Session/UserNotProvisioned",
			"UserProvisioning/GroupLimitReached", "UserProvisioning/InstanceNotFound", "UserProvisioning/LicenseNotValid",
			"UserProvisioning/LimitReached", "UserProvisioning/LineItemNotFound", "UserProvisioning/NotUserProvisioning",
			"UserProvisioning/UnknownLimitation", "UserProvisioning/UserGroupNotFound", "UserProvisioning/UserInactive",
			"UserProvisioning/UserLimitReached",
		},
	} {
		if diff := cmp.Diff(want, zeros(t, values(series["licensing_operator_"+name]))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// found are what a pattern finds in the sources.
func found(t *testing.T, pattern, sources string) (texts []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("../..", sources))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(content), -1) {
			texts = append(texts, match[1])
		}
	}
	slices.Sort(texts)
	if texts = slices.Compact(texts); len(texts) == 0 {
		t.Fatalf("%s has nothing like %s", sources, pattern)
	}
	return texts
}

func texts[Text ~string](values ...Text) (texts []string) {
	for _, value := range values {
		texts = append(texts, string(value))
	}
	slices.Sort(texts)
	return texts
}

// A reason that is added has to begin at zero too.
func TestNoReasonIsForgotten(t *testing.T) {
	const refusal = `Refusal\{(?:\s*Reason: *)?v1alpha1\.Reason(\w+)`
	type reasons struct{ inSources, atZero []string }
	for name, test := range map[string]reasons{
		"ends of sessions": {found(t, `TerminatedReason = "(\w+)"`, "internal/licensing/*.go"), texts(terminatedReasons...)},
		"refused items": {
			found(t, `ItemStatus = "(\w+)"`, "internal/licensing/*.go"),
			texts(append(slices.Clone(refusedItems), licensing.ItemGranted, licensing.ItemNotCharged)...),
		},
		"refused units": {found(t, `DeniedBy\w+ *= "(\w+)"`, "internal/ledger/*.go"), texts(refusedUnits...)},
		// Those of a user as a whole are no denials of a limitation.
		"refused limitations": {
			texts(append(found(t, refusal, "controllers/userprovisioning/*.go"), found(t, refusal, "controllers/allotment/license.go")...)...),
			texts(append(slices.Clone(refusedLimitations), "DuplicateUser", "LedgerNotHealthy", "LedgerUnavailable")...),
		},
		"limits of REST": {found(t, `rejected\w+ *= "(\w+)"`, "webhooks/rest/server/*.go"), texts(rejections...)},
	} {
		if diff := cmp.Diff(test.inSources, test.atZero); diff != "" {
			t.Errorf("%s (-in the sources +at zero)\n%s", name, diff)
		}
	}
}
