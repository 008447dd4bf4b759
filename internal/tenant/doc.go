// Package tenant is what one producer offers to callers from outside the cluster. A namespace is a tenant. The rules that
// are not licensing's are here, and it is the only part of the REST interface that talks to the API server.
package tenant

// Callers have no permissions in the cluster. What they may do is decided before, and the operator writes in their stead.
//
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=ratetables;instances;lineitems;sessions;accesskeys;tenantconfigurations,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create
