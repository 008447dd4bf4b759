package tenant

import (
	"errors"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// fieldMap says how callers know the fields of an object's spec. What it does not list has the same name in the call.
type fieldMap map[string]string

// rename turns the path of a field of the object into that of the call: spec.overdraft.limit into
// $.attributes.overdraftLimit.
func (m fieldMap) rename(path string) string {
	if path == "spec" || path == "" {
		return "$"
	}
	field, inSpec := strings.CutPrefix(path, "spec.")
	if !inSpec {
		return "the object's " + path
	}
	longest := ""
	for known := range m {
		within := field == known || strings.HasPrefix(field, known+".") || strings.HasPrefix(field, known+"[")
		if within && len(known) > len(longest) {
			longest = known
		}
	}
	if longest == "" {
		return "$." + field
	}
	return "$" + m[longest] + field[len(longest):]
}

// problemsOf words what the API server found invalid for the caller.
func problemsOf(err error, fields fieldMap) []string {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil || len(status.Status().Details.Causes) == 0 {
		return []string{"$: " + statusMessage(err)}
	}
	var problems []string
	for _, cause := range status.Status().Details.Causes {
		if cause.Field == "<nil>" {
			continue // says only that rules were not looked at because of the other problems
		}
		problems = append(problems, fields.rename(cause.Field)+": "+reword(cause.Message, cause.Field))
	}
	if len(problems) == 0 {
		problems = append(problems, "$: "+statusMessage(err))
	}
	return problems
}

// reword says in the words of the published API what the API server says in its own.
func reword(message, field string) string {
	message = strings.ReplaceAll(message, field+" in body ", "")
	message = schemaValue.ReplaceAllString(message, "")
	message = tooLong.ReplaceAllString(message, "must have at most $1 characters")
	return strings.Replace(message, "Required value", "is missing but it is required", 1)
}

var (
	// schemaValue is what the API server writes before the message of a rule, in place of a value.
	schemaValue = regexp.MustCompile(`^Invalid value: ("(object|array|string|integer|number|boolean)": )?`)
	// tooLong says bytes, but a schema counts characters.
	tooLong = regexp.MustCompile(`^Too long: may not be more than ([0-9]+) bytes$`)
)
