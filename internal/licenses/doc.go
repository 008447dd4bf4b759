// Package licenses is what one producer offers to callers of the v2 REST interface: named users and clients of licenses, and
// what they use of limited features. The rules that are not licensing's or the ledger's are here. A namespace is a producer.
//
// What it does at the API server:
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=products;editions;lineitems;userprovisionings;activations,verbs=get;list;watch;create;patch;delete
package licenses
