package examination

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Absent is how a value that is not there is written in a comparison.
const Absent = "(absent)"

// Decode reads JSON and keeps numbers as they are written.
func Decode(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something after the JSON value")
	}
	return value, nil
}

// Text writes a value with sorted names and numbers as they were.
func Text(value any) string {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(buffer.String())
}

// Find follows a path such as requestedItems.0.status.code. The empty path is the value itself.
func Find(value any, path string) (any, bool) {
	if path == "" {
		return value, true
	}
	for _, step := range strings.Split(path, ".") {
		switch container := value.(type) {
		case map[string]any:
			found, ok := container[step]
			if !ok {
				return nil, false
			}
			value = found
		case []any:
			index, err := strconv.Atoi(step)
			if err != nil || index < 0 || index >= len(container) {
				return nil, false
			}
			value = container[index]
		default:
			return nil, false
		}
	}
	return value, true
}

// Quote writes a string as JSON.
func Quote(s string) string { return Text(s) }
