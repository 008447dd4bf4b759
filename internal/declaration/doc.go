// Package declaration is how callers from outside the cluster declare objects beside those who do it in Kubernetes: with
// server-side apply and one field manager, never by force, under names that every replica finds for itself.
package declaration
