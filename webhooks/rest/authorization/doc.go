// Package authorization decides what a caller may do over REST. Administration tokens may do everything, client tokens what
// concerns the instances that they name (dynamic-monetization.md 1.9), and of ServiceAccounts the cluster's RBAC decides.
package authorization
