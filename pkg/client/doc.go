// Package client calls the REST API, version 1.1, from Go programs. Everything but the making of tokens is generated from
// the contract in api/openapi.
package client
