// Package v1alpha1 holds the kinds of software licensing: what a producer
// sells (RateTable), to whom (Instance), what was bought (LineItem), who is
// using it now (Session) and which named users hold a unit of a limited
// feature (UserProvisioning). Two more say how a producer wants to be served:
// by which keys callers from outside the cluster are known (AccessKey), and on
// which terms its sessions are charged (TenantConfiguration).
//
// A namespace is one producer. No field has a default in the schema and no
// webhook fills any in: a spec is exactly what its author wrote, and what is in
// effect stands in the status. A tool that applies from Git therefore never
// sees a difference that it did not make.
//
// +kubebuilder:object:generate=true
// +kubebuilder:ac:generate=true
// +groupName=licensing-operator.dev
package v1alpha1
