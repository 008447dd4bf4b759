package namedusers

import (
	"context"
	"time"
)

// Shop makes what must be there before clients call, in whatever way the system wants it.
type Shop interface {
	// Sell makes a product, an edition of it and a license, and returns when the system knows them.
	Sell(ctx context.Context, sale Sale) error
	// Key makes a key of the API.
	Key(ctx context.Context, key Key) (string, error)
	// Declare declares a named user who is to hold units of limitations, as a producer does who does not use the API.
	Declare(ctx context.Context, licenseID, userID string, limitations ...string) error
}

// Sale is a product, an edition and a license of it. IDs are new UUIDs.
type Sale struct {
	ProductID, LicenseID string
	// EditionID is empty for a license without an edition.
	EditionID string
	// CustomerNumber is that of a new customer.
	CustomerNumber string
	// Floating is for so many at once; nil is for named ones.
	Floating *Floating
	// Devices says that clients are devices, not users.
	Devices bool
	// Activation is None, TokenKey or CustomerNumber.
	Activation string
	// TokenLimit and UserLimit are nil where there is none.
	TokenLimit, UserLimit *int
	Limitations           []Limitation
	Groups                []Group
	Start, End            time.Time
	Inactive              bool
}

// Floating are the terms of a license for so many at the same time.
type Floating struct {
	Limit         int
	PeriodMinutes int
	PerClient     int
	NotEnforced   bool
}

// Limitation is a limited feature.
type Limitation struct {
	ID, Name string
	// Limit is nil for unlimited.
	Limit *int
	// Goodwill is a percentage, as a decimal number.
	Goodwill         string
	NotEnforced      bool
	UserProvisioning bool
	Adjustable       bool
	// ResetMode is as clients know it: 0 to 5. Days is for mode 2.
	ResetMode, Days int
}

// Group is a part of the users of a license.
type Group struct {
	ID, Name  string
	UserLimit int
}

// Key is a key to make.
type Key struct {
	Admin, Disabled bool
	// Products are the ids of those that the key is restricted to.
	Products []string
}
