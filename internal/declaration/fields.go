package declaration

import (
	"errors"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Fields says how callers know the fields of an object's spec. What it does not list has the same name in the call.
type Fields map[string]string

// Rename turns the path of a field of the object into that of the call: spec.overdraft.limit into
// $.attributes.overdraftLimit.
func (m Fields) Rename(path string) string {
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

// Problems words what the API server found invalid for the caller.
func (m Fields) Problems(err error) []string {
	status := statusOf(err)
	if status == nil || status.Status().Details == nil || len(status.Status().Details.Causes) == 0 {
		return []string{"$: " + StatusMessage(err)}
	}
	var problems []string
	for _, cause := range status.Status().Details.Causes {
		if cause.Field == "<nil>" {
			continue // says only that rules were not looked at because of the other problems
		}
		problems = append(problems, m.Rename(cause.Field)+": "+reword(cause.Message, cause.Field))
	}
	if len(problems) == 0 {
		problems = append(problems, "$: "+StatusMessage(err))
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

// StatusMessage is what the API server says of an error.
func StatusMessage(err error) string {
	if status := statusOf(err); status != nil && status.Status().Message != "" {
		return status.Status().Message
	}
	return err.Error()
}

func statusOf(err error) apierrors.APIStatus {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return status
	}
	return nil
}
