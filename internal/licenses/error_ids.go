package licenses

// ErrorID is what clients branch on. Those below 13000 are published.
type ErrorID int

// Ids of licenses and users.
const (
	LicenseKeyUnknown   ErrorID = 1000
	LicenseExpired      ErrorID = 1001
	LicenseInactive     ErrorID = 1002
	SessionLimitReached ErrorID = 1007
	UserExists          ErrorID = 1008
	UserLimitReached    ErrorID = 1009
	UserUnknown         ErrorID = 1010
	UserLimitTooLow     ErrorID = 1011
	BadEmailAddress     ErrorID = 1012
)

// Ids of clients and their tokens.
const (
	NoFreeToken            ErrorID = 2000
	TokenKeyUnknown        ErrorID = 2003
	TokenUnassigned        ErrorID = 2004
	ClientActive           ErrorID = 2005
	ClientUnknown          ErrorID = 2006
	TokenLimitTooLow       ErrorID = 2008
	ClientIDMissing        ErrorID = 2010
	ClientOfAnotherToken   ErrorID = 5000
	LicenseNotFloating     ErrorID = 12000
	TooManySessions        ErrorID = 12002
	CheckoutPeriodTooShort ErrorID = 12003
	SessionUserMissing     ErrorID = 12004
	SessionIDMissing       ErrorID = 12005
	UserHasSession         ErrorID = 12006
)

// Ids of products and customers.
const (
	ProductUnknown    ErrorID = 3000
	LimitationUnknown ErrorID = 3003
	CustomerUnknown   ErrorID = 4000
)

// Our own ids, for what has no published one.
const (
	TransactionUnknown    ErrorID = 13000
	UserInactive          ErrorID = 13001
	ValueNotPossible      ErrorID = 13002
	LimitationStatic      ErrorID = 13003
	BalanceNotResettable  ErrorID = 13004
	LicenseNotYetValid    ErrorID = 13005
	DeclaredElsewhere     ErrorID = 13006
	EditionUnknown        ErrorID = 13007
	EditionNotPossible    ErrorID = 13008
	LimitationInUse       ErrorID = 13009
	PropertyFixed         ErrorID = 13010
	LicenseNotFit         ErrorID = 13011
	ValueMissing          ErrorID = 13012
	UserGroupUnknown      ErrorID = 13013
	UserGroupLimitReached ErrorID = 13014
	UserGroupLimitTooLow  ErrorID = 13015
	TooMany               ErrorID = 13016
	NotSupported          ErrorID = 13018
)
