package licensing

import (
	"slices"
	"time"
)

// HoldingOrigin says who asked for a holding, so that whoever did also decides when it ends.
type HoldingOrigin string

const (
	// DeclaredHolding is wanted by the spec of the user's object.
	DeclaredHolding HoldingOrigin = "Declared"
	// ConsumedHolding came with a consumption heartbeat.
	ConsumedHolding HoldingOrigin = "Consumed"
)

// Holding is the one unit of a limitation that a user holds.
type Holding struct {
	LimitationID  string        `json:"limitationID"`
	TransactionID string        `json:"transactionID"`
	Since         time.Time     `json:"since"`
	Origin        HoldingOrigin `json:"origin,omitempty"`
	// ClientID is the client that asked for it, and ExternalID what that calls it.
	ClientID   string `json:"clientID,omitempty"`
	ExternalID string `json:"externalID,omitempty"`
}

// NamedUser is a user of a license, or a client that it is activated for. Deleting the user deletes the holdings with it;
// there is no other record of them.
type NamedUser struct {
	// UserID is compared byte by byte, without trimming or folding.
	UserID string `json:"userID"`
	Name   string `json:"name,omitempty"`
	// Active says that the user is switched on. An active one has a seat besides.
	Active   bool      `json:"active"`
	Holdings []Holding `json:"holdings,omitempty"`
	// Revision counts the changes of Holdings.
	Revision int64 `json:"revision"`
}

// Holding returns what the user holds of a limitation.
func (u NamedUser) Holding(limitationID string) (Holding, bool) {
	i := slices.IndexFunc(u.Holdings, func(h Holding) bool { return h.LimitationID == limitationID })
	if i < 0 {
		return Holding{}, false
	}
	return u.Holdings[i], true
}

// withHoldings returns the next revision of the user. The holdings must be a copy: states are values.
func (u NamedUser) withHoldings(holdings []Holding) NamedUser {
	u.Holdings = holdings
	u.Revision++
	return u
}
