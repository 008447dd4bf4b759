package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// splitLists gives the elements of a list in the query. Some clients repeat the parameter, others give it once with commas
// and blanks.
func splitLists(given []string) []string {
	var found []string
	for _, list := range given {
		for element := range strings.SplitSeq(list, ",") {
			if element = strings.TrimSpace(element); element != "" {
				found = append(found, element)
			}
		}
	}
	return found
}

// listOf gives the elements of one list in the query. Of usage, texts may have commas in them: a list is what its document
// says that it is.
func listOf(version Version, list *openapi3.Parameter, given []string) []string {
	if version == Usage && isRepeated(list) {
		return given
	}
	return splitLists(given)
}

// isRepeated tells whether the elements of a list are each given by the parameter.
func isRepeated(list *openapi3.Parameter) bool { return list.Explode == nil || *list.Explode }

// elements are a list as the validator takes it.
func elements(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}

// repeatLists gives the request with all lists in its query in one way, that of the document, so that the handlers need to
// know no other. Where the document says nothing it is the repeated parameter.
func repeatLists(operation *operation, r *http.Request) *http.Request {
	version := RouteOf(r.Context()).Version
	lists := slices.DeleteFunc(slices.Clone(operation.parameters), func(parameter *openapi3.Parameter) bool {
		return parameter.In != openapi3.ParameterInQuery || !parameter.Schema.Value.Type.Is(openapi3.TypeArray)
	})
	if len(lists) == 0 || r.URL.RawQuery == "" {
		return r
	}
	query := r.URL.Query()
	for _, list := range lists {
		given, ok := query[list.Name]
		if !ok {
			continue
		}
		query[list.Name] = listOf(version, list, given)
		if joined := strings.Join(query[list.Name], ","); !isRepeated(list) && joined != "" {
			query.Set(list.Name, joined)
		}
	}
	rewritten := *r.URL
	rewritten.RawQuery = query.Encode()
	request := r.WithContext(r.Context())
	request.URL = &rewritten
	return request
}
