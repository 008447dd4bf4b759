// Package kubestore keeps the ledger's accounts and subjects on the Kubernetes API server: an account is one ConfigMap in
// the operator's own namespace, out of the reach of tenants; a session is a Session object, a named user a
// UserProvisioning object.
//
// It is the only place that converts API types to domain values.
package kubestore
