// Package v2 calls version 2 of the REST API, that of licenses and named users, from Go programs. The calls are generated
// from the contract in api/openapi; what is written by hand sends keys and verifies the signatures of answers.
package v2
