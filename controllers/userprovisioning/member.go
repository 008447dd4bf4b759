package userprovisioning

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// member is a named user in a pass.
type member struct {
	user *v1alpha1.UserProvisioning
	// standing names the older object for the same user; empty when this one stands.
	standing string
	// seated tells whether the user has a seat, and group in which group.
	seated bool
	group  string
	// held are the units of limitations, by the transaction that gave them.
	held map[string]string
	// noSeat says why the seat is not as the spec wants it, denied why there is no unit of a limitation that is listed.
	noSeat *Refusal
	denied map[string]Refusal
	// unrecorded tells that the refusal of the seat is to be recorded before the object says it.
	unrecorded bool
	// gone is a user whose object was deleted meanwhile.
	gone bool
}

func newMember(user *v1alpha1.UserProvisioning) *member {
	m := &member{user: user, held: make(map[string]string, len(user.Status.Holdings)), denied: map[string]Refusal{}}
	if seat := user.Status.Seat; seat != nil {
		m.seated, m.group = true, seat.UserGroupID
	}
	for _, holding := range user.Status.Holdings {
		m.held[holding.LimitationID] = holding.TransactionID
	}
	return m
}

// wanted tells whether the user is to have a seat.
func (m *member) wanted() bool {
	return m.standing == "" && m.user.Spec.Active != nil && *m.user.Spec.Active
}

// lists tells whether the spec asks for the limitation.
func (m *member) lists(limitationID string) bool {
	return m.standing == "" && slices.Contains(m.user.Spec.Limitations, limitationID)
}

func (m *member) deny(limitationID string, refusal Refusal) { m.denied[limitationID] = refusal }

// observed tells whether the status is about the spec as it is. What an earlier one was refused is refused to this one anew.
func observed(user *v1alpha1.UserProvisioning) bool {
	return user.Status.ObservedGeneration == user.Generation
}

// says tells whether the object shows that the unit is refused.
func (m *member) says(limitationID string, refusal *Refusal) bool {
	return observed(m.user) && slices.ContainsFunc(m.user.Status.Denied, func(row v1alpha1.DeniedLimitation) bool {
		return row.LimitationID == limitationID && row.Reason == refusal.Reason && row.Message == shorten(refusal.Message)
	})
}

// saysNoSeat tells whether the object shows that the seat is refused. One who has a seat that is to be moved is active.
func (m *member) saysNoSeat(refusal *Refusal) bool {
	ready := meta.FindStatusCondition(m.user.Status.Conditions, v1alpha1.ConditionReady)
	return observed(m.user) && ready != nil && ready.Reason == refusal.Reason && ready.Message == refusal.Message
}

// ask describes the user to the ledger.
func (l *License) ask(m *member, limitation licensing.Limitation) ledger.License {
	return ledger.License{
		ActivationID: l.ActivationID, Limitation: limitation,
		UserID: m.user.Spec.UserID, Name: m.user.Spec.Name, Active: m.user.Spec.Active != nil && *m.user.Spec.Active,
		Generation: m.user.Generation,
	}
}

// seating is what the user's seat is to be counted in.
func (l *License) seating(m *member) (licensing.Seating, *Refusal) {
	seating := licensing.Seating{Limit: l.Terms.UserLimit}
	id := m.user.Spec.UserGroupID
	if id == "" {
		return seating, nil
	}
	group, found := l.Terms.UserGroup(id)
	if !found {
		return seating, &Refusal{Reason: v1alpha1.ReasonUserGroupNotFound, Message: fmt.Sprintf("line item %s has no user group %s", l.Name, id)}
	}
	seating.GroupID, seating.GroupName, seating.GroupLimit = group.ID, group.Name, group.UserLimit
	return seating, nil
}

// full says which limit keeps the user from a seat.
func (l *License) full(seating licensing.Seating, refusedBy string) *Refusal {
	if refusedBy != licensing.SeatID && seating.GroupLimit != nil {
		return &Refusal{
			Reason: v1alpha1.ReasonGroupLimitReached,
			Message: fmt.Sprintf("user group %s of line item %s has a userLimit of %d, and as many of its users are active: 1 seat asked for, none free",
				named(seating.GroupName, seating.GroupID), l.Name, *seating.GroupLimit),
		}
	}
	limit := int32(0)
	if seating.Limit != nil {
		limit = *seating.Limit
	}
	return &Refusal{
		Reason:  v1alpha1.ReasonUserLimitReached,
		Message: fmt.Sprintf("line item %s has a userLimit of %d, and as many users are active: 1 seat asked for, none free", l.Name, limit),
	}
}

func named(name, id string) string {
	if name == "" {
		return id
	}
	return name
}

func subject(m *member) ledger.Subject { return kubestore.UserSubject(m.user) }
