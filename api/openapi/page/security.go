package page

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// authentication is what the document says about all ways to tell who calls.
func authentication(document *openapi3.T) string {
	schemes := document.Components.SecuritySchemes
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(schemes)) {
		texts = append(texts, strings.TrimSpace(schemes[name].Value.Description))
	}
	return strings.Join(texts, "\n\n")
}

// credentials is the header with which curl calls an operation: a key, if one is good for it.
func credentials(document *openapi3.T, declared *openapi3.Operation) string {
	security := document.Security
	if declared.Security != nil {
		security = *declared.Security
	}
	for _, requirement := range security {
		for name := range requirement {
			if scheme := document.Components.SecuritySchemes[name]; scheme != nil && scheme.Value.Type == "apiKey" {
				return `-H "` + scheme.Value.Name + `: $KEY"`
			}
		}
	}
	return `-H "Authorization: Bearer $TOKEN"`
}
