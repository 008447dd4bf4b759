// Package scalar holds the attribute values of the REST API.
package scalar

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Text is a string. It also reads numbers and booleans, and keeps the text they are written with: a client that says
// {"floor": 3} means what it means with {"floor": "3"}.
type Text string

// UnmarshalJSON reads a string, a number or a boolean.
func (t *Text) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return errKind
	}
	switch data[0] {
	case '"':
		return json.Unmarshal(data, (*string)(t))
	case '{', '[', 'n':
		return errKind
	}
	if !json.Valid(data) {
		return errKind
	}
	*t = Text(data)
	return nil
}

var errKind = errors.New("a value is a string, a number or a boolean")
