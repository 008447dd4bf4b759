package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// spoiled is a body that must be refused.
type spoiled struct {
	what, body string
	status     int
}

const (
	// hugeBody is beyond what any call could need.
	hugeBody = 12 << 20
	// deepNesting is beyond what a recursive reader should follow.
	deepNesting = 20_000
)

// spoil makes bad bodies of a good one: not JSON, of wrong types, with something missing, twice or too much.
func spoil(good string, required []string) []spoiled {
	first := strings.IndexByte(good, '{')
	open, rest := good[:first+1], good[first+1:]
	name, _, _ := strings.Cut(rest, ":")
	all := []spoiled{
		{"no body", "", 400},
		{"an empty object", "{}", 400},
		{"null", "null", 400},
		{"a number", "1", 400},
		{"a text", `"x"`, 400},
		{"half of the body", good[:len(good)/2], 400},
		{"something after the body", good + "x", 400},
		{"the body twice", good + good, 400},
		{"an unknown attribute", open + `"unknownAttribute":1,` + rest, 400},
		{"an attribute twice", open + name + `:1,` + rest, 400},
		{"a text that is no UTF-8", strings.Replace(good, `":"`, "\":\"\xff\xfe", 1), 400},
		{"a comma too many", strings.TrimSuffix(strings.TrimSuffix(good, "]"), "}") + "," + good[len(good)-1:], 400},
		{"deep nesting", strings.Repeat("[", deepNesting) + strings.Repeat("]", deepNesting), 400},
		{"deep nesting of objects", open + `"unknownAttribute":` + strings.Repeat(`{"a":`, deepNesting) + "1" + strings.Repeat("}", deepNesting) + "," + rest, 400},
		{"12 MiB", good + strings.Repeat(" ", hugeBody), 413},
	}
	if strings.HasPrefix(good, "[") {
		all = append(all, spoiled{"an object instead of a list", good[1 : len(good)-1], 400})
	} else {
		all = append(all, spoiled{"a list instead of an object", "[" + good + "]", 400})
	}
	for _, path := range required {
		all = append(all,
			spoiled{"no " + path, changed(good, path, nil), 400},
			spoiled{"null for " + path, changed(good, path, json.RawMessage("null")), 400})
	}
	for _, path := range leaves(good) {
		all = append(all, spoiled{"a wrong type of " + path, changed(good, path, wrongType(good, path)), 400})
	}
	return all
}

// leaves are the paths of all values, but for those that may be of any type.
func leaves(body string) (paths []string) {
	value, err := examination.Decode([]byte(body))
	if err != nil {
		panic(err) // a body of this package
	}
	var walk func(value any, path string)
	walk = func(value any, path string) {
		if path != "" && !strings.Contains(path, "metaData.") && !strings.Contains(path, "dictionary.") {
			paths = append(paths, path)
		}
		prefix := path + "."
		if path == "" {
			prefix = ""
		}
		switch container := value.(type) {
		case map[string]any:
			for name, element := range container {
				walk(element, prefix+name)
			}
		case []any:
			for i, element := range container {
				walk(element, fmt.Sprint(prefix, i))
			}
		}
	}
	walk(value, "")
	slices.Sort(paths)
	return paths
}

func wrongType(body, path string) json.RawMessage {
	value, _ := examination.Decode([]byte(body))
	found, _ := examination.Find(value, path)
	if _, isText := found.(string); isText {
		return json.RawMessage("1")
	}
	return json.RawMessage(`"x"`)
}

// changed is the body with another value at the path, or without it.
func changed(body, path string, replacement json.RawMessage) string {
	value, err := examination.Decode([]byte(body))
	if err != nil {
		panic(err) // a body of this package
	}
	steps := strings.Split(path, ".")
	container := value
	if len(steps) > 1 {
		container, _ = examination.Find(value, strings.Join(steps[:len(steps)-1], "."))
	}
	last := steps[len(steps)-1]
	switch container := container.(type) {
	case map[string]any:
		if replacement == nil {
			delete(container, last)
		} else {
			container[last] = replacement
		}
	case []any:
		container[0] = replacement
	}
	return examination.Text(value)
}
