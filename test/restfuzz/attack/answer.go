package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Answer is what came of a request.
type Answer struct {
	Status int
	Header http.Header
	Text   []byte
}

// Undescribed is what the operation's description does not say of the answer.
func (o Operation) Undescribed(request *http.Request, a Answer) []string {
	response := o.Described.Responses.Status(a.Status)
	if response == nil {
		return []string{fmt.Sprintf("%s is not described to answer %d", o, a.Status)}
	}
	if hasBody := len(response.Value.Content) > 0; hasBody != (len(a.Text) > 0) {
		return []string{fmt.Sprintf("%d is described with a body: %t, and has %d bytes", a.Status, hasBody, len(a.Text))}
	}
	err := openapi3filter.ValidateResponse(request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: request,
			Route:   &routers.Route{Spec: o.Document, Operation: o.Described, Method: o.Method, Path: o.Path},
		},
		Status: a.Status, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.Text)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		return []string{err.Error()}
	}
	return nil
}

// Refusal is what is wrong with what version 1, or nobody, says to a request that is for no operation.
func Refusal(text []byte) []string {
	var body struct{ Error, Reason string }
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil || body.Error == "" || body.Reason == "" {
		return []string{"the refusal has not the form of one"}
	}
	return nil
}
