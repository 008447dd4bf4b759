// Package usage calls the usage data API from Go programs: records, sums, exports. The calls are generated from the contract
// in api/openapi. Tokens are made by package client.
package usage
