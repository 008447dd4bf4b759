package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
)

const mostProblems = 20

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
			next.ServeHTTP(w, r)
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
	if err := schema.VisitJSON(value, visiting()...); err != nil {
		return (&wording{root: value}).of(err)
	}
	return inexactIntegers("$", schema, value)
}

func visiting() []openapi3.SchemaValidationOption {
	return []openapi3.SchemaValidationOption{
		openapi3.MultiErrors(),
		openapi3.WithStringFormatValidator("uuid", openapi3.NewCallbackValidator(checkUUID)),
	}
}

// checkUUID takes the usual form only, and not the braces and prefixes that uuid.Parse knows beside it.
func checkUUID(text string) error {
	const usual = 36
	if _, err := uuid.Parse(text); err != nil || len(text) != usual {
		return fmt.Errorf("%q is not a UUID: hexadecimal digits, as in 01234567-89ab-cdef-0123-456789abcdef", clip(text))
	}
	return nil
}
