package v1alpha1

// ResetMode says when the total used of a limitation starts again from zero.
// Resets fall on midnight UTC.
// +kubebuilder:validation:Enum=Disabled;Never;Periodically;FirstDayOfMonth;FirstDayEachQuarter;FirstDayOfYear
type ResetMode string

const (
	// ResetDisabled is for a static number: clients enforce it, the server does
	// not count.
	ResetDisabled ResetMode = "Disabled"
	// ResetNever counts over the whole life of the license.
	ResetNever ResetMode = "Never"
	// ResetPeriodically starts again every resetPeriodDays days.
	ResetPeriodically ResetMode = "Periodically"
	// ResetFirstDayOfMonth starts again on the first day of each month.
	ResetFirstDayOfMonth ResetMode = "FirstDayOfMonth"
	// ResetFirstDayEachQuarter starts again on the first of January, April, July
	// and October.
	ResetFirstDayEachQuarter ResetMode = "FirstDayEachQuarter"
	// ResetFirstDayOfYear starts again on the first of January.
	ResetFirstDayOfYear ResetMode = "FirstDayOfYear"
)

// Limitation is a limited feature of a named-user license.
// +kubebuilder:validation:XValidation:rule="!has(self.userProvisioning) || !self.userProvisioning || self.resetMode == 'Never'",messageExpression="'limitation ' + self.id + ' has userProvisioning, which requires resetMode Never, not ' + self.resetMode + ': a reset would free units that users still hold'",message="userProvisioning requires resetMode Never: a reset would free units that users still hold"
// +kubebuilder:validation:XValidation:rule="has(self.resetPeriodDays) == (self.resetMode == 'Periodically')",messageExpression="'limitation ' + self.id + (has(self.resetPeriodDays) ? ': resetPeriodDays must be left out when resetMode is ' + self.resetMode : ': resetPeriodDays is required when resetMode is Periodically')",message="resetPeriodDays is required when resetMode is Periodically, and must be left out otherwise"
type Limitation struct {
	// id identifies the limitation within the license: letters, digits, dots,
	// dashes and underscores, at most 128. Use a UUID when clients of the REST
	// interface are to name it, because they know limitations by UUID.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`
	ID string `json:"id,omitempty"`

	// name is the name of the feature for people, for example API Functionality.
	// At most 256 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`

	// limit is the number of units that may be used: 0 to 1000000000000. Left
	// out, the number is unlimited. It may be lowered below what is used: holders
	// keep what they have, and nobody else gets any.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000000
	Limit *int64 `json:"limit,omitempty"`

	// userProvisioning makes the limitation one that a named user holds: at most
	// one unit each, kept until it is revoked or the user is deleted. It requires
	// resetMode Never. Left out, units are consumed and no user holds any.
	// +optional
	UserProvisioning *bool `json:"userProvisioning,omitempty"`

	// resetMode says when the total used starts again from zero: Disabled (a
	// number that clients enforce, not counted), Never, Periodically (every
	// resetPeriodDays days), FirstDayOfMonth, FirstDayEachQuarter or
	// FirstDayOfYear, at midnight UTC.
	// +required
	ResetMode ResetMode `json:"resetMode,omitempty"`

	// resetPeriodDays is the number of days between resets: 1 to 3660. Required
	// when resetMode is Periodically, left out otherwise.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3660
	ResetPeriodDays int32 `json:"resetPeriodDays,omitempty"`

	// goodwill is what may be used beyond limit, in percent of it: 0 to 10000, an
	// integer or a decimal string. A limit of 10 with goodwill 20 allows 12.
	// Nothing is rounded: a limit of 2 with goodwill 20 allows 2 whole units.
	// Left out, there is none.
	// +optional
	// +kubebuilder:validation:XValidation:rule="type(self) == int ? self >= 0 && self <= 10000 : !self.startsWith('-')",message="goodwill must be between 0 and 10000 percent"
	Goodwill Decimal `json:"goodwill,omitempty"`

	// enforce says whether use beyond limit and goodwill is refused. With false it
	// is counted and allowed, and remaining goes below zero. Left out, it is
	// refused.
	// +optional
	Enforce *bool `json:"enforce,omitempty"`
}

// LimitationStatus tells what is used of a limitation.
type LimitationStatus struct {
	// id identifies the limitation within the license.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	ID string `json:"id,omitempty"`

	// limit is the number of units that may be used, without goodwill. Left out
	// when unlimited.
	// +optional
	Limit *int64 `json:"limit,omitempty"`

	// used is the number of units used since the last reset; with
	// userProvisioning, the number of users that hold one.
	// +optional
	Used Decimal `json:"used,omitempty"`

	// remaining is limit less used, without goodwill; below zero when more is
	// used. Left out when unlimited.
	// +optional
	Remaining Decimal `json:"remaining,omitempty"`

	// lastResetTime is the moment from which used is counted.
	// +optional
	LastResetTime *Time `json:"lastResetTime,omitempty"`

	// nextResetTime is the moment at which used starts again from zero. Left out
	// when there is no reset.
	// +optional
	NextResetTime *Time `json:"nextResetTime,omitempty"`
}
