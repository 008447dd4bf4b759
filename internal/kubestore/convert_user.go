package kubestore

import (
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// UserSubject names the named user to the ledger.
func UserSubject(user *v1alpha1.UserProvisioning) ledger.Subject {
	return ledger.Subject{Kind: ledger.UserSubject, Namespace: user.Namespace, Name: user.Name, UID: string(user.UID)}
}

// origins maps who asked for a holding to what the API calls it.
var origins = map[licensing.HoldingOrigin]v1alpha1.HoldingOrigin{
	licensing.DeclaredHolding: v1alpha1.HoldingOriginSpec,
	licensing.ConsumedHolding: v1alpha1.HoldingOriginCall,
}

func userState(user *v1alpha1.UserProvisioning) ledger.State {
	named := NamedUser(user)
	return ledger.State{User: &named}
}

// NamedUser reads the user and what the ledger has given it.
func NamedUser(user *v1alpha1.UserProvisioning) licensing.NamedUser {
	named := licensing.NamedUser{
		UserID: user.Spec.UserID, Name: user.Spec.Name, Active: user.Spec.Active != nil && *user.Spec.Active,
		Revision: user.Status.Revision,
	}
	if seat := user.Status.Seat; seat != nil {
		named.Holdings = append(named.Holdings, seatHoldings(seat)...)
	}
	for _, holding := range user.Status.Holdings {
		converted := licensing.Holding{
			LimitationID: holding.LimitationID, TransactionID: holding.TransactionID, Since: instant(holding.Since),
			ClientID: holding.ClientID, ExternalID: holding.ExternalID,
		}
		for origin, name := range origins {
			if name == holding.Origin {
				converted.Origin = origin
			}
		}
		named.Holdings = append(named.Holdings, converted)
	}
	return named
}

// seatHoldings are the unit of the license and, if the seat is counted in a group, that of the group.
func seatHoldings(seat *v1alpha1.Seat) []licensing.Holding {
	held := licensing.Holding{LimitationID: licensing.SeatID, TransactionID: seat.TransactionID, Since: instant(seat.Since)}
	if seat.UserGroupID == "" {
		return []licensing.Holding{held}
	}
	inGroup := held
	inGroup.LimitationID = licensing.GroupSeatID(seat.UserGroupID)
	return []licensing.Holding{held, inGroup}
}

// userLedgerStatus is the ledger's part of a named user's status.
func userLedgerStatus(named licensing.NamedUser) any {
	status := v1alpha1.UserProvisioningStatus{Revision: named.Revision}
	if seat, active := named.Seat(); active {
		status.Seat = &v1alpha1.Seat{TransactionID: seat.TransactionID, Since: microTime(seat.Since), UserGroupID: named.SeatGroup()}
	}
	for _, holding := range named.Holdings {
		if licensing.BuiltIn(holding.LimitationID) {
			continue
		}
		status.Holdings = append(status.Holdings, v1alpha1.Holding{
			LimitationID: holding.LimitationID, TransactionID: holding.TransactionID, Since: microTime(holding.Since),
			Origin: origins[holding.Origin], ClientID: holding.ClientID, ExternalID: holding.ExternalID,
		})
	}
	return status
}
