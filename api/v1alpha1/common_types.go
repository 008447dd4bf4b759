package v1alpha1

// RateTableReference tells which version of a price list was used.
type RateTableReference struct {
	// name of the RateTable object, in the same namespace.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// series of that rate table; left out for a table without series.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Series string `json:"series,omitempty"`

	// version of that rate table.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Version string `json:"version,omitempty"`
}
