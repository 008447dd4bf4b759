package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// wording puts what the validator found into the words of the published service. Clients show them to people, and some
// look into them.
type wording struct {
	root any
	// base leads to the value that the validator was called with.
	base []string
}

func (w *wording) pointer(err *openapi3.SchemaError) []string {
	return slices.Concat(w.base, err.JSONPointer())
}

func (w *wording) of(err error) []string {
	var problems []string
	switch err := err.(type) { //nolint:errorlint // The validator's own tree, walked node by node.
	case openapi3.MultiError:
		for _, one := range err {
			problems = append(problems, w.of(one)...)
		}
		return problems
	case *openapi3.SchemaError:
		if inner, ok := w.within(err); ok {
			return inner
		}
		return []string{w.problem(err)}
	}
	return []string{"$: " + err.Error()}
}

// within gives the problems of the part of a composed schema that the value was meant for.
func (w *wording) within(err *openapi3.SchemaError) ([]string, bool) {
	if err.SchemaField == "anyOf" {
		return w.withinAny(err)
	}
	var parts openapi3.MultiError
	if !errors.As(err.Origin, &parts) {
		return nil, false
	}
	if err.SchemaField == "allOf" {
		return w.of(parts), true
	}
	parts = slices.DeleteFunc(slices.Clone(parts), func(part error) bool { return isOtherType(part, err.JSONPointer()) })
	if err.SchemaField != "oneOf" || len(parts) != 1 {
		return nil, false
	}
	return w.of(parts[0]), true
}

// withinAny asks the alternative for the value's type again: what it said is not kept.
func (w *wording) withinAny(err *openapi3.SchemaError) ([]string, bool) {
	for _, alternative := range err.Schema.AnyOf {
		problem := alternative.Value.VisitJSON(err.Value, visiting(err.Value)...)
		if problem != nil && !slices.ContainsFunc(flatten(problem), func(part error) bool { return isOtherType(part, nil) }) {
			return (&wording{root: w.root, base: w.pointer(err)}).of(problem), true
		}
	}
	return nil, false
}

func flatten(err error) openapi3.MultiError {
	if parts, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // As above.
		return parts
	}
	return openapi3.MultiError{err}
}

// isOtherType tells whether the value as a whole is of another type than the part of the schema.
func isOtherType(part error, at []string) bool {
	found, ok := part.(*openapi3.SchemaError) //nolint:errorlint // As above.
	return ok && (found.SchemaField == "type" || found.SchemaField == "nullable") && slices.Equal(found.JSONPointer(), at)
}

func (w *wording) problem(err *openapi3.SchemaError) string {
	path := pathOf(w.root, w.pointer(err))
	schema := err.Schema
	switch err.SchemaField {
	case "type", "nullable":
		if number, ok := err.Value.(json.Number); ok && err.Origin != nil {
			return fmt.Sprintf("%s: %s is beyond the numbers that can be calculated with", path, clip(number.String()))
		}
		return fmt.Sprintf("%s: %s found, %s expected", path, typeOf(err.Value), typesOf(schema))
	case "oneOf", "anyOf", "not":
		return fmt.Sprintf("%s: %s found, %s expected", path, typeOf(err.Value), typesOf(schema))
	case "required":
		return path + ": is missing but it is required"
	case "properties":
		return fmt.Sprintf("%s: property '%s' is not defined in the schema and the schema does not allow additional properties",
			path, clip(quotedIn(err.Reason)))
	case "readOnly":
		return path + ": is read only and cannot be given"
	case "enum":
		return fmt.Sprintf("%s: does not have a value in the enumeration %s", path, enumeration(schema.Enum))
	case "format":
		return fmt.Sprintf("%s: %s", path, formatProblem(err))
	case "pattern":
		return fmt.Sprintf("%s: does not match the regex pattern %s", path, schema.Pattern)
	case "minLength":
		return fmt.Sprintf("%s: must be at least %d characters long", path, schema.MinLength)
	case "maxLength":
		return fmt.Sprintf("%s: may only be %d characters long", path, *schema.MaxLength)
	case "minItems":
		return fmt.Sprintf("%s: there must be a minimum of %d items in the array, there are %s", path, schema.MinItems, sizeOf(err.Value))
	case "maxItems":
		return fmt.Sprintf("%s: there must be a maximum of %d items in the array, there are %s", path, *schema.MaxItems, sizeOf(err.Value))
	case "uniqueItems":
		return path + ": the items in the array must be unique"
	case "minProperties":
		return fmt.Sprintf("%s: should have a minimum of %d properties, there are %s", path, schema.MinProps, sizeOf(err.Value))
	case "maxProperties":
		return fmt.Sprintf("%s: may only have a maximum of %d properties, there are %s", path, *schema.MaxProps, sizeOf(err.Value))
	case "minimum":
		return fmt.Sprintf("%s: %s found, must have a minimum value of %s", path, clip(fmt.Sprint(err.Value)), plain(*schema.Min))
	case "maximum":
		return fmt.Sprintf("%s: %s found, must have a maximum value of %s", path, clip(fmt.Sprint(err.Value)), plain(*schema.Max))
	case "exclusiveMinimum":
		return fmt.Sprintf("%s: %s found, must be more than %s", path, clip(fmt.Sprint(err.Value)), plain(*schema.Min))
	case "exclusiveMaximum":
		return fmt.Sprintf("%s: %s found, must be less than %s", path, clip(fmt.Sprint(err.Value)), plain(*schema.Max))
	case "multipleOf":
		return fmt.Sprintf("%s: must be multiple of %s", path, plain(*schema.MultipleOf))
	}
	return path + ": " + err.Reason
}

// formatProblem is what the check of the format itself said.
func formatProblem(err *openapi3.SchemaError) string {
	said := err.Origin
	for said != nil && errors.Unwrap(said) != nil {
		said = errors.Unwrap(said)
	}
	if said != nil {
		return said.Error()
	}
	return "does not have the format " + err.Schema.Format
}

// quotedIn gives the name that the validator tells of in its message only.
func quotedIn(reason string) string {
	var name string
	from, to := strings.Index(reason, `"`), strings.LastIndex(reason, `"`)
	if from < to {
		_, _ = fmt.Sscanf(reason[from:to+1], "%q", &name)
	}
	return name
}
