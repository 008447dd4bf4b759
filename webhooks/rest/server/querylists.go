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

// elements are a list as the validator takes it.
func elements(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}

// repeatLists gives the request with all lists in its query in one way, the repeated parameter, so that the handlers need
// to know no other.
func repeatLists(operation *operation, r *http.Request) *http.Request {
	lists := slices.DeleteFunc(slices.Clone(operation.parameters), func(parameter *openapi3.Parameter) bool {
		return parameter.In != openapi3.ParameterInQuery || !parameter.Schema.Value.Type.Is(openapi3.TypeArray)
	})
	if len(lists) == 0 || r.URL.RawQuery == "" {
		return r
	}
	query := r.URL.Query()
	for _, list := range lists {
		if given, ok := query[list.Name]; ok {
			query[list.Name] = splitLists(given)
		}
	}
	rewritten := *r.URL
	rewritten.RawQuery = query.Encode()
	request := r.WithContext(r.Context())
	request.URL = &rewritten
	return request
}
