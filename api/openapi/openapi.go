// Package openapi holds the contract of the REST API. v1.1.yaml is where it is written; the rest of this directory, the
// server stubs and the client are generated from it by make generate.
package openapi

import _ "embed"

var (
	//go:embed v1.0.json
	v10 []byte
	//go:embed v1.1.json
	v11 []byte
)

// V10 is the OpenAPI document of version 1.0. It must not be changed.
func V10() []byte { return v10 }

// V11 is the OpenAPI document of version 1.1. It must not be changed.
func V11() []byte { return v11 }
