package userprovisioning

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
)

// Input is everything that the status of a named user is computed from, what the ledger writes aside.
type Input struct {
	User    *v1alpha1.UserProvisioning
	License *License
	// StandingUser names the older object for the same user; empty when this one stands.
	StandingUser string
	// Held are the limitations of which the user holds a unit, Denied those listed that the user does not get.
	Held   map[string]string
	Denied map[string]Refusal
}

// Status is the status of a named user, without the ledger's part.
func Status(in Input) v1alpha1.UserProvisioningStatus {
	result := v1alpha1.UserProvisioningStatus{ObservedGeneration: in.User.Generation, LicenseID: in.User.Status.LicenseID}
	if in.License.Found {
		result.LicenseID = in.License.ID
	}
	if in.StandingUser == "" {
		result.Denied = in.denied()
	}
	conditions := status.NewConditions(in.User.Status.Conditions, in.User.Generation, in.License.Now)
	in.setReady(conditions, result.Denied)
	in.setActive(conditions)
	in.setProvisioned(conditions, result.Denied)
	result.Conditions = conditions.List()
	return result
}

// denied lists in the order of the spec. What the ledger has not decided in this pass stays as it was.
func (in Input) denied() (denied []v1alpha1.DeniedLimitation) {
	for _, id := range in.User.Spec.Limitations {
		if in.Held[id] != "" {
			continue
		}
		before := in.deniedBefore(id)
		refusal, decided := in.Denied[id]
		switch {
		case !decided && before != nil:
			denied = append(denied, *before)
		case decided:
			row := v1alpha1.DeniedLimitation{
				LimitationID: id, Reason: refusal.Reason, Message: shorten(refusal.Message),
				Since: new(metav1.NewTime(in.License.Now.Truncate(time.Second))),
			}
			if before != nil && before.Reason == row.Reason && before.Since != nil {
				row.Since = before.Since
			}
			denied = append(denied, row)
		}
	}
	return denied
}

func (in Input) deniedBefore(id string) *v1alpha1.DeniedLimitation {
	for i := range in.User.Status.Denied {
		if in.User.Status.Denied[i].LimitationID == id {
			return &in.User.Status.Denied[i]
		}
	}
	return nil
}

// obstacle is what keeps the user from the license as a whole, nil for a user who may use it.
func (in Input) obstacle() *Refusal {
	if in.StandingUser != "" {
		return &Refusal{
			Reason:  v1alpha1.ReasonDuplicateUser,
			Message: fmt.Sprintf("UserProvisioning %s, which is older, is user %s of the license already", in.StandingUser, in.User.Spec.UserID),
		}
	}
	if obstacle := in.License.Obstacle(); obstacle != nil {
		return obstacle
	}
	return in.License.inactive(in.User)
}

func (in Input) setReady(conditions *status.Conditions, denied []v1alpha1.DeniedLimitation) {
	obstacle := in.obstacle()
	switch {
	case obstacle != nil && obstacle.Reason == v1alpha1.ReasonUserInactive:
		// As the spec wants it.
		conditions.Ready(v1alpha1.ReasonReconciled, obstacle.Message)
	case obstacle != nil && obstacle.Passing:
		conditions.Waiting(obstacle.Reason, obstacle.Message)
	case obstacle != nil:
		conditions.Stalled(obstacle.Reason, obstacle.Message)
	case in.License.Ledger == LedgerHalted:
		conditions.Stalled(v1alpha1.ReasonLedgerNotHealthy, halted(in.License))
	case in.License.Ledger == LedgerUnavailable:
		conditions.Waiting(v1alpha1.ReasonLedgerUnavailable, unavailable)
	case len(denied) > 0:
		conditions.Stalled(denied[0].Reason, messages(denied))
	case len(in.User.Spec.Limitations) == 0:
		conditions.Ready(v1alpha1.ReasonReconciled, "the user may use the license")
	default:
		conditions.Ready(v1alpha1.ReasonReconciled, "the user may use the license and holds all that is listed")
	}
}

func (in Input) setActive(conditions *status.Conditions) {
	if obstacle := in.obstacle(); obstacle != nil {
		conditions.False(v1alpha1.ConditionActive, obstacle.Reason, obstacle.Message)
		return
	}
	conditions.True(v1alpha1.ConditionActive, v1alpha1.ReasonUserActive, "the user may use license "+in.License.Name)
}

func (in Input) setProvisioned(conditions *status.Conditions, denied []v1alpha1.DeniedLimitation) {
	missing := 0
	for _, id := range in.User.Spec.Limitations {
		if in.Held[id] == "" {
			missing++
		}
	}
	switch {
	case in.StandingUser != "":
		obstacle := in.obstacle()
		conditions.False(v1alpha1.ConditionProvisioned, obstacle.Reason, obstacle.Message)
	case len(in.User.Spec.Limitations) == 0:
		conditions.True(v1alpha1.ConditionProvisioned, v1alpha1.ReasonNothingListed, "no limitation is listed")
	case missing == 0:
		conditions.True(v1alpha1.ConditionProvisioned, v1alpha1.ReasonProvisioned, "the user holds a unit of every limitation listed")
	case len(denied) > 0:
		conditions.False(v1alpha1.ConditionProvisioned, denied[0].Reason, messages(denied))
	case in.License.Ledger == LedgerHalted:
		conditions.False(v1alpha1.ConditionProvisioned, v1alpha1.ReasonLedgerNotHealthy, halted(in.License))
	default:
		conditions.False(v1alpha1.ConditionProvisioned, v1alpha1.ReasonLedgerUnavailable, unavailable)
	}
}

const unavailable = "the account of the instance cannot be read at the moment; it is tried again"

func halted(license *License) string {
	return fmt.Sprintf("the account of instance %s is not in order, nothing is provisioned: its condition LedgerHealthy says why", license.account.Name)
}

func messages(denied []v1alpha1.DeniedLimitation) string {
	lines := make([]string, 0, len(denied))
	for _, row := range denied {
		lines = append(lines, row.Message)
	}
	return strings.Join(lines, "; ")
}

// shorten keeps within what the API accepts as a message: names may be long.
func shorten(message string) string {
	const longest = 1000
	if len(message) <= longest {
		return message
	}
	return strings.ToValidUTF8(message[:longest], "") + "…"
}
