package licenses

import (
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// License is what clients see of a license.
type License struct {
	kubestore.LicenseTerms
	kubestore.Validity
	Audit

	Name, Description string
	// Start and End are as declared; those of the validity are what counts.
	Start, End time.Time
	Customer   Customer
	Product    Product
	Edition    Edition
	// Holdings are the transactions by which a user holds units, by limitation. Only in an answer about one user.
	Holdings map[string]string
	// Users is nil where the caller is shown none.
	Users []User
}

// Customer is whom the licenses of Instances of one account belong to. ID is empty for a license whose Instance is gone.
type Customer struct {
	ID, Number string
	Audit
}

// Product is what is licensed. One without an object has no audit and no limitations.
type Product struct {
	ID, Name    string
	Limitations []v1alpha1.ProductLimitation
	Audit
}

// User is a named user of a license.
type User struct {
	ID, Name, LicenseID string
	// Active users have a seat among those that the license allows.
	Active bool
	// GroupID is empty for a user in no group.
	GroupID string
	Audit
}

// Group is a part of the named users of a license. UserLimit is nil without a limit.
type Group struct {
	ID, Name  string
	UserLimit *int32
	Audit
}

// Consumption are the figures of a limitation, after a transaction or as they stand.
type Consumption struct {
	// TransactionID is empty where nothing was given.
	TransactionID        string
	LicenseID, ProductID string
	Limitation           kubestore.EffectiveLimitation
	licensing.Standing
}

// ConsumptionRecord is one consumption, or one unit that a user holds.
type ConsumptionRecord struct {
	ID, LicenseID, ProductID string
	Limitation               kubestore.EffectiveLimitation
	// AssignmentID is the token that it was consumed with, or the license where there is none.
	AssignmentID string
	Value        licensing.Tokens
	// Balance and Remaining are the figures after it; nil where they were not kept, and Remaining also without a limit.
	Balance, Remaining           *licensing.Tokens
	ClientID, UserID, ExternalID string
	// User is nil for one who is not, or no longer, a user of the license.
	User *User
	At   time.Time
}
