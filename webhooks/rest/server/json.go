package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

const deepestJSON = 32

// checkJSON says what keeps the text from being one JSON value that everybody reads the same way; empty if nothing does.
// Decoders differ in what they make of a name given twice, of text that is not Unicode, and of what follows the value.
func checkJSON(text []byte) string {
	if !utf8.Valid(text) {
		return "$: the body is not UTF-8"
	}
	if !json.Valid(text) {
		return "$: the body is not one JSON value" + where(text)
	}
	if loneSurrogate(text) {
		return `$: the body has half of a \u surrogate pair, which is no character`
	}
	scan := scanner{decoder: json.NewDecoder(bytes.NewReader(text))}
	scan.decoder.UseNumber()
	return scan.value("$", 0)
}

func where(text []byte) string {
	var value json.RawMessage
	err := json.Unmarshal(text, &value)
	if syntax, ok := err.(*json.SyntaxError); ok { //nolint:errorlint // Unmarshal does not wrap it.
		return fmt.Sprintf(": %s, at byte %d", syntax.Error(), syntax.Offset)
	}
	return ""
}

type scanner struct{ decoder *json.Decoder }

// value reads a value. The text is valid JSON, so that Token cannot fail.
func (s *scanner) value(path string, depth int) string {
	token, _ := s.decoder.Token()
	delimiter, ok := token.(json.Delim)
	if !ok {
		return ""
	}
	if depth == deepestJSON {
		return fmt.Sprintf("%s: is nested deeper than %d", path, deepestJSON)
	}
	problem := ""
	if delimiter == '{' {
		problem = s.members(path, depth)
	} else {
		for i := 0; problem == "" && s.decoder.More(); i++ {
			problem = s.value(elementPath(path, i), depth+1)
		}
	}
	if problem == "" {
		_, _ = s.decoder.Token()
	}
	return problem
}

func (s *scanner) members(path string, depth int) string {
	seen := map[string]bool{}
	for s.decoder.More() {
		token, _ := s.decoder.Token()
		name, _ := token.(string)
		if seen[name] {
			return fmt.Sprintf("%s: property '%s' is given twice", path, clip(name))
		}
		seen[name] = true
		if problem := s.value(memberPath(path, name), depth+1); problem != "" {
			return problem
		}
	}
	return ""
}

// loneSurrogate finds in valid JSON what decoders replace by U+FFFD.
func loneSurrogate(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		if text[i] != 'u' {
			continue
		}
		unit := hex4(text[i+1:])
		i += 4
		switch {
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return true
		case unit >= 0xD800 && unit <= 0xDBFF:
			if len(text) < i+7 || text[i+1] != '\\' || text[i+2] != 'u' {
				return true
			}
			if low := hex4(text[i+3:]); low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 6
		}
	}
	return false
}

func hex4(text []byte) uint64 {
	unit, _ := strconv.ParseUint(string(text[:4]), 16, 16)
	return unit
}
