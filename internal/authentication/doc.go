// Package authentication finds out who calls over REST: a producer or a client, by a JSON Web Token that an AccessKey of the
// tenant verifies, or a user of the cluster, usually a ServiceAccount, by a token that the API server knows
// (dynamic-monetization.md 1.9).
package authentication
