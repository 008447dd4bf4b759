package page

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// operation is one method of one path.
type operation struct {
	ID, OperationID, Method, Path string
	Summary, Description          string
	Parameters                    []row
	Body                          *body
	Responses                     []response
	Curl                          string
}

// body is what a request or a response carries: tables of attributes, more than one where there is a choice, and examples.
type body struct {
	Tables   []table
	Examples []example
}

type example struct{ Title, JSON string }

// response is one status. A shared one is only a reference to its full description.
type response struct {
	ID, Status, Text, Description string
	Shared                        bool
	Headers                       []row
	Body                          *body
}

func newOperation(versionID, method, path, credentials string, shared openapi3.Parameters, declared *openapi3.Operation) (operation, error) {
	o := operation{
		ID:          versionID + "-" + declared.OperationID,
		OperationID: declared.OperationID,
		Method:      method,
		Path:        path,
		Summary:     declared.Summary,
		Description: declared.Description,
	}
	parameters := slices.Concat(shared, declared.Parameters)
	for _, parameter := range parameters {
		o.Parameters = append(o.Parameters, parameterRow(parameter.Value))
	}
	var media *openapi3.MediaType
	if declared.RequestBody != nil {
		media = declared.RequestBody.Value.Content.Get("application/json")
		content, err := newBody(media)
		if err != nil {
			return o, err
		}
		o.Body = content
	}
	responses := declared.Responses.Map()
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		next, err := newResponse(versionID, status, responses[status])
		if err != nil {
			return o, err
		}
		o.Responses = append(o.Responses, next)
	}
	shortenRepeated(o.Responses)
	var err error
	o.Curl, err = curl(method, path, credentials, parameters, media)
	return o, err
}

// shortenRepeated leaves out tables that stand further up in the same operation.
func shortenRepeated(responses []response) {
	seen := map[string]bool{}
	for _, r := range responses {
		if r.Body == nil {
			continue
		}
		for index := range r.Body.Tables {
			t := &r.Body.Tables[index]
			if seen[t.Title] {
				t.Rows, t.Type = nil, "as above"
			}
			seen[t.Title] = t.Title != ""
		}
	}
}

func newResponse(versionID, status string, declared *openapi3.ResponseRef) (response, error) {
	code, err := strconv.Atoi(status)
	if err != nil {
		return response{}, err
	}
	r := response{Status: status, Text: http.StatusText(code)}
	if declared.Value.Description != nil {
		r.Description = *declared.Value.Description
	}
	if name := refName(declared.Ref); name != "" && isError(status) {
		r.ID, r.Shared = sharedID(versionID, name), true
		return r, nil
	}
	for _, name := range slices.Sorted(maps.Keys(declared.Value.Headers)) {
		// Every response has it, which the introduction says.
		if name != "X-Request-Id" {
			r.Headers = append(r.Headers, headerRow(name, declared.Value.Headers[name].Value))
		}
	}
	if media := declared.Value.Content.Get("application/json"); media != nil {
		r.Body, err = newBody(media)
	}
	return r, err
}

func newBody(media *openapi3.MediaType) (*body, error) {
	content := &body{Tables: tables(media.Schema)}
	if len(media.Examples) == 0 {
		text, err := indented(exampleOf(media))
		content.Examples = []example{{Title: "Example", JSON: text}}
		return content, err
	}
	for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
		value := media.Examples[name].Value
		text, err := indented(value.Value)
		if err != nil {
			return nil, err
		}
		content.Examples = append(content.Examples, example{Title: "Example: " + cmp.Or(value.Summary, name), JSON: text})
	}
	return content, nil
}
