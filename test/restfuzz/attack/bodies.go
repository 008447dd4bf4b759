package attack

import (
	"bytes"
	"fmt"
	"slices"
)

// Blown makes the body longer without another meaning.
func Blown(body []byte, size int) []byte {
	return slices.Concat(body[:1], bytes.Repeat([]byte(" "), size-len(body)), body[1:])
}

// Doubled repeats the first attribute of the first object.
func Doubled(body []byte) []byte {
	at := bytes.IndexByte(body, '{') + 1
	end := at + bytes.IndexByte(body[at:], ':')
	return slices.Concat(body[:at], body[at:end], []byte(`:0,`), body[at:])
}

// Escaped writes every letter of a name or text the long way.
func Escaped(body []byte) []byte {
	var text bytes.Buffer
	quoted := false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '\\':
			text.Write(body[i : i+2])
			i++
		case c == '"':
			quoted = !quoted
			text.WriteByte(c)
		case quoted:
			fmt.Fprintf(&text, `\u%04x`, c)
		default:
			text.WriteByte(c)
		}
	}
	return text.Bytes()
}

// UTF16 is what some old clients make of text.
func UTF16(body []byte) []byte {
	text := []byte("\xff\xfe")
	for _, c := range body {
		text = append(text, c, 0)
	}
	return text
}
