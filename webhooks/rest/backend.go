package rest

import (
	"context"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

// Tenant is what one producer offers to callers; *tenant.Tenant is it. Errors that a caller is told of are *tenant.Error.
// It is safe for concurrent use.
type Tenant interface {
	CreateRateTable(ctx context.Context, table tenant.RateTable) error
	// RateTables lists all rate tables, or those that count now or will, oldest first.
	RateTables(ctx context.Context, current bool) ([]tenant.RateTable, error)
	// DeleteRateTable deletes a table that is not effective yet. An empty series means the tables without one.
	DeleteRateTable(ctx context.Context, series, version string) error

	Instances(ctx context.Context, query tenant.InstanceQuery) (tenant.InstancePage, error)
	// CreateInstance creates an instance whose account can be charged when it returns. With a key a repeat gives the
	// instance that the first call created.
	CreateInstance(ctx context.Context, shortName, accountID string, key ledger.Idempotency) (tenant.Instance, error)
	Instance(ctx context.Context, id string) (tenant.Instance, error)
	// InstanceObject is the name of the Instance object with the id, for authorization.
	InstanceObject(ctx context.Context, id string) (string, error)

	LineItems(ctx context.Context, instanceID string) ([]tenant.LineItem, error)
	LineItem(ctx context.Context, instanceID, activationID string) (tenant.LineItem, error)
	// PutLineItem creates or replaces the line item, and tells whether it created it.
	PutLineItem(ctx context.Context, instanceID string, lineItem tenant.LineItem) (tenant.LineItem, bool, error)
	DeleteLineItem(ctx context.Context, instanceID, activationID string) error

	RequestAccess(ctx context.Context, instanceID string, request tenant.AccessRequest) (tenant.Access, error)

	CreateSession(ctx context.Context, instanceID string, key ledger.Idempotency) (string, error)
	// Sessions lists the live sessions of an instance, newest first, at most 100.
	Sessions(ctx context.Context, instanceID string) ([]tenant.Session, error)
	Session(ctx context.Context, session tenant.SessionRef) (tenant.Session, error)
	RequestSessionAccess(ctx context.Context, session tenant.SessionRef, request tenant.AccessRequest) (tenant.Access, error)
	Heartbeat(ctx context.Context, session tenant.SessionRef) (tenant.Deadlines, error)
	CloseSession(ctx context.Context, session tenant.SessionRef, key ledger.Idempotency) error
	// InstanceOfSession is the id of the instance that the session is on, for authorization.
	InstanceOfSession(ctx context.Context, sessionID string) (string, error)

	Configuration(ctx context.Context) ([]tenant.ConfigurationValue, error)
	// ChangeConfiguration changes all the values or none.
	ChangeConfiguration(ctx context.Context, values []tenant.ConfigurationValue) ([]tenant.ConfigurationValue, error)

	// SaveKeys creates or replaces all the keys or none.
	SaveKeys(ctx context.Context, access tenant.KeyAccess, keys []tenant.PublicKey) error
	DeleteKey(ctx context.Context, access tenant.KeyAccess, id string) error
	Keys(ctx context.Context, access tenant.KeyAccess) ([]tenant.PublicKey, error)

	Conditions(ctx context.Context, instanceID string) ([]licensing.Condition, error)
	// SaveConditions creates the conditions without an id and replaces those with one; it gives those it saved.
	SaveConditions(ctx context.Context, instanceID string, conditions []licensing.Condition) ([]licensing.Condition, error)
	DeleteConditions(ctx context.Context, instanceID string) error
	DeleteCondition(ctx context.Context, instanceID, conditionID string) error

	// Actions lists the rules of access of one line item, AllActions those of all line items that have some.
	Actions(ctx context.Context, instanceID, activationID string) ([]tenant.ActionUse, error)
	AllActions(ctx context.Context, instanceID string) ([]tenant.LineItemActions, error)
	// CreateActions appends, ReplaceActions makes the list what is given: actions with the id of one that is there keep what
	// was used under it.
	CreateActions(ctx context.Context, instanceID, activationID string, actions []licensing.Action) ([]tenant.ActionUse, error)
	ReplaceActions(ctx context.Context, instanceID, activationID string, actions []licensing.Action) ([]tenant.ActionUse, error)
	DeleteActions(ctx context.Context, instanceID, activationID string) error
}
