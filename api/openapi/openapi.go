// Package openapi holds the contracts of the REST API. v1.1.yaml, v2.yaml and usage.yaml are where they are written; the
// rest of this directory, the server stubs and the clients are generated from them by make generate.
package openapi

import _ "embed"

var (
	//go:embed v1.0.json
	v10 []byte
	//go:embed v1.1.json
	v11 []byte
	//go:embed v2.json
	v2 []byte
	//go:embed usage.json
	usage []byte
)

// V10 is the OpenAPI document of version 1.0. It must not be changed.
func V10() []byte { return v10 }

// V11 is the OpenAPI document of version 1.1. It must not be changed.
func V11() []byte { return v11 }

// V2 is the OpenAPI document of version 2. It must not be changed.
func V2() []byte { return v2 }

// Usage is the OpenAPI document of the usage data API. It must not be changed.
func Usage() []byte { return usage }
