package tenant

import (
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// RateTable is a published price list (dynamic-monetization.md 1.1).
type RateTable struct {
	Series, Version string
	// EffectiveFrom zero means the moment of publication.
	EffectiveFrom, Created time.Time
	Items                  []RateTableItem
}

// RateTableItem is a price line: Rate or Formula is given.
type RateTableItem struct {
	Name, Version string
	Rate          *licensing.Tokens
	Formula       string
	// Limitation is nil for an item that is for everyone.
	Limitation *licensing.Requirement
}

// Instance is a customer's container of line items and sessions (dynamic-monetization.md 1.2).
type Instance struct {
	ID, ShortName, AccountID string
	Default                  bool
	Created, Modified        time.Time
}

// InstanceQuery chooses a page of instances. With DefaultOf only the default instance of that account is listed.
type InstanceQuery struct {
	DefaultOf string
	// Next is the cursor of the page before, 0 for the first page. Size is at most how many are listed, 1 to 500.
	Next, Size int
}

// InstancePage is a page of instances, oldest first. Next is 0 on the last one.
type InstancePage struct {
	Instances []Instance
	Next      int
}

// LineItem is a purchase (dynamic-monetization.md 1.3).
type LineItem struct {
	ActivationID, InstanceID string
	State                    licensing.LineItemState
	Quantity                 int64
	Start, End               time.Time
	// Used is read only.
	Used            licensing.Tokens
	Elastic         bool
	RateTableSeries string
	Overdraft       licensing.OverdraftType
	// OverdraftLimit counts tokens; only with OverdraftNumber.
	OverdraftLimit *int64
}

// SessionRef names a session. A session of another instance than InstanceID is not found; empty admits any.
type SessionRef struct{ ID, InstanceID string }

// Session is what clients see of a session. Times are zero when nothing has happened yet.
type Session struct {
	ID, InstanceID                          string
	State                                   licensing.SessionState
	ChargedUntil, LastHeartbeat, LastAccess time.Time
	Deadlines                               Deadlines
}

// Deadlines are what an ACTIVE session has ahead; all zero for any other.
type Deadlines struct {
	NextCharge time.Time
	// The next heartbeat counts from HeartbeatAfter until HeartbeatBy.
	HeartbeatAfter, HeartbeatBy time.Time
}

// AccessRequest asks for items, in a session or without one.
type AccessRequest struct {
	Requester licensing.Requester
	Items     []licensing.RequestedItem
	// RollbackOnDeny matters in a session only.
	RollbackOnDeny bool
	// DryRun only tells what would happen.
	DryRun      bool
	Idempotency ledger.Idempotency
}

// Access is what became of an access request.
type Access struct {
	CorrelationID string
	// Granted is false when a session's request was denied. A request without a session is answered item by item.
	Granted   bool
	Items     []licensing.ItemResult
	Deadlines Deadlines
}

// ConfigurationValue is one of the tenant's settings, in the text form of dynamic-monetization.md 1.8.
type ConfigurationValue struct {
	Name, Value string
	// Modified and UpdatedBy are set for a value that was changed away from its default.
	Modified  time.Time
	UpdatedBy string
}

// KeyAccess says what tokens verified by a key may do.
type KeyAccess string

// The accesses of keys.
const (
	AdministrationAccess KeyAccess = "Administration"
	ClientAccess         KeyAccess = "Client"
)

// PublicKey verifies tokens.
type PublicKey struct {
	ID string
	// PEM is the public key as it was saved.
	PEM string
}

// LineItemActions are the rules of access of a line item, in order, with what is used of their allocations.
type LineItemActions struct {
	ActivationID string
	Actions      []ActionUse
}

// ActionUse is a rule of access with what was used under it; Used is nil without an allocation.
type ActionUse struct {
	licensing.Action

	Used *licensing.Tokens
}
