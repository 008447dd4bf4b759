package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/api/openapi/timestamp"
)

const (
	mostProblems = 20
	// mostVisited is a price list of some hundred items.
	mostVisited = 2000
)

// validate holds the request against the document of its version, and tells all that is wrong at once.
func validate() Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			known := exchangeOf(r.Context())
			problems := checkParameters(known.operation, known.path, r)
			problems = append(problems, checkSchema(known.operation.body, BodyOf(r.Context()))...)
			if len(problems) > 0 {
				WriteProblem(w, r, http.StatusBadRequest, ReasonInvalid, stable(problems)...)
				return
			}
			next.ServeHTTP(w, repeatLists(known.operation, r))
		})
	}
}

// stable orders the problems, and leaves out those that nobody would read.
func stable(problems []string) []string {
	slices.Sort(problems)
	problems = slices.Compact(problems)
	if more := len(problems) - mostProblems; more > 0 {
		problems = append(problems[:mostProblems-1], fmt.Sprintf("and %d more", more+1))
	}
	return problems
}

// checkSchema validates a copy of the body. The handlers decode the body itself: here, numbers lose digits.
func checkSchema(schema *openapi3.Schema, body []byte) []string {
	if schema == nil || len(body) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return []string{"$: " + err.Error()}
	}
	if err := schema.VisitJSON(value, visiting(value)...); err != nil {
		return (&wording{root: value}).of(err)
	}
	return impossibleNumbers("$", schema, value)
}

// visiting has the validator look for all problems of the value, unless it is so large that they would take more time and
// memory than a request is worth: of a large value the first is enough.
func visiting(value any) []openapi3.SchemaValidationOption {
	options := []openapi3.SchemaValidationOption{
		openapi3.WithStringFormatValidator("uuid", openapi3.NewCallbackValidator(checkUUID)),
		openapi3.WithStringFormatValidator("date-time", openapi3.NewCallbackValidator(checkTime)),
	}
	if room := mostVisited; fits(value, &room) {
		options = append(options, openapi3.MultiErrors())
	}
	return options
}

// fits tells whether the value has no more values in it than there is room for.
func fits(value any, room *int) bool {
	*room--
	switch value := value.(type) {
	case []any:
		for i := 0; i < len(value) && *room >= 0; i++ {
			fits(value[i], room)
		}
	case map[string]any:
		for _, member := range value {
			if *room < 0 {
				break
			}
			fits(member, room)
		}
	}
	return *room >= 0
}

func checkTime(text string) error {
	_, err := timestamp.Parse(text)
	return err
}

// checkUUID takes the usual form only, and not the braces and prefixes that uuid.Parse knows beside it.
func checkUUID(text string) error {
	const usual = 36
	if _, err := uuid.Parse(text); err != nil || len(text) != usual {
		return fmt.Errorf("%q is not a UUID: hexadecimal digits, as in 01234567-89ab-cdef-0123-456789abcdef", clip(text))
	}
	return nil
}
