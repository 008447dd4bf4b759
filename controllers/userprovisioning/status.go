package userprovisioning

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/controllers/status"
)

// Input is everything that the status of a named user is computed from, what the ledger writes aside.
type Input struct {
	User    *v1alpha1.UserProvisioning
	License *License
	// StandingUser names the older object for the same user; empty when this one stands.
	StandingUser string
	// Seated tells whether the user has a seat; NoSeat says why it is not as the spec wants it, and is nil while nobody knows.
	Seated bool
	NoSeat *Refusal
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
	result.Granted, result.Refused = in.granted(), in.refused(result.Denied)
	conditions := status.NewConditions(in.User.Status.Conditions, in.User.Generation, in.License.Now)
	in.setReady(conditions, result.Denied)
	in.setActive(conditions)
	in.setProvisioned(conditions, result.Denied)
	result.Conditions = conditions.List()
	return result
}

// denied lists in the order of the spec. What the ledger has not decided in this pass stays as it was, unless the spec is
// another one: who reads it would take it for the answer to that, and not ask.
func (in Input) denied() (denied []v1alpha1.DeniedLimitation) {
	for _, id := range in.User.Spec.Limitations {
		if in.Held[id] != "" {
			continue
		}
		before := in.deniedBefore(id)
		refusal, decided := in.Denied[id]
		switch {
		case !decided && before != nil && observed(in.User):
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

// granted names what the user holds, in the order of the license.
func (in Input) granted() string {
	names := make([]string, 0, len(in.Held))
	for _, limitation := range in.License.Terms.Limitations {
		if in.Held[limitation.ID] != "" {
			names = append(names, in.License.label(limitation.ID))
		}
	}
	if len(names) < len(in.Held) { // what the license does not grant, or nobody knows whether it does
		var others []string
		for id := range in.Held {
			if _, known := in.License.limitations[id]; !known {
				others = append(others, id)
			}
		}
		slices.Sort(others)
		names = append(names, others...)
	}
	return status.Enumerate(names)
}

// refused names what the user does not get, each with the reason.
func (in Input) refused(denied []v1alpha1.DeniedLimitation) string {
	names := make([]string, 0, len(denied))
	for _, row := range denied {
		names = append(names, fmt.Sprintf("%s (%s)", in.License.label(row.LimitationID), row.Reason))
	}
	return status.Enumerate(names)
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
	if in.NoSeat != nil || in.Seated {
		return in.NoSeat
	}
	if broken := in.License.Broken(in.License.Health); broken != nil {
		return broken
	}
	return in.License.Broken(allotment.Unavailable)
}

func (in Input) setReady(conditions *status.Conditions, denied []v1alpha1.DeniedLimitation) {
	obstacle, broken := in.obstacle(), in.License.Broken(in.License.Health)
	switch {
	case obstacle != nil && obstacle.Reason == v1alpha1.ReasonUserInactive:
		// As the spec wants it.
		conditions.Ready(v1alpha1.ReasonReconciled, obstacle.Message)
	case obstacle != nil && obstacle.Passing:
		conditions.Waiting(obstacle.Reason, obstacle.Message)
	case obstacle != nil:
		conditions.Stalled(obstacle.Reason, obstacle.Message)
	case broken != nil && broken.Passing:
		conditions.Waiting(broken.Reason, broken.Message)
	case broken != nil:
		conditions.Stalled(broken.Reason, broken.Message)
	case len(denied) > 0:
		conditions.Stalled(denied[0].Reason, messages(denied))
	case len(in.User.Spec.Limitations) == 0:
		conditions.Ready(v1alpha1.ReasonReconciled, "the user may use the license")
	default:
		conditions.Ready(v1alpha1.ReasonReconciled, "the user may use the license and holds all that is listed")
	}
}

func (in Input) setActive(conditions *status.Conditions) {
	// A seat that cannot be moved to the group that the spec names is a seat.
	wanted := in.StandingUser == "" && in.User.Spec.Active != nil && *in.User.Spec.Active
	kept := in.Seated && wanted && in.License.Obstacle() == nil
	if obstacle := in.obstacle(); obstacle != nil && !kept {
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
	default:
		waits := in.License.Broken(max(in.License.Health, allotment.Unavailable))
		conditions.False(v1alpha1.ConditionProvisioned, waits.Reason, waits.Message)
	}
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
