package attack

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// Refused is a request that must be answered with the status.
type Refused struct {
	Message
	Want int
}

// NoBodies makes requests of which the body as a whole is wrong, from a request without a body, a right body, and how much
// is taken at most.
func NoBodies(m Message, body []byte, most int) map[string]Refused {
	const (
		invalid     = http.StatusBadRequest
		tooLarge    = http.StatusRequestEntityTooLarge
		unsupported = http.StatusUnsupportedMediaType
	)
	as := func(contentType string, body []byte) Message {
		m := m.With("Content-Type: " + contentType)
		m.Body = body
		return m
	}
	untyped := m
	untyped.Body = body
	all := map[string]Refused{
		"blanks":                    {m.JSON([]byte(" \r\n\t")), invalid},
		"two values":                {m.JSON(slices.Concat(body, body)), invalid},
		"a byte order mark":         {m.JSON(slices.Concat([]byte("\xef\xbb\xbf"), body)), invalid},
		"UTF-16":                    {m.JSON(UTF16(body)), invalid},
		"half of it":                {m.JSON(body[:len(body)/2]), invalid},
		"a NUL behind it":           {m.JSON(append(slices.Clone(body), 0)), invalid},
		"another type":              {as("text/plain", body), unsupported},
		"no type":                   {untyped, unsupported},
		"two types":                 {m.JSON(body).With("Content-Type: application/json"), unsupported},
		"another character set":     {as("application/json; charset=utf-16", body), unsupported},
		"an encoding":               {m.JSON(body).With("Content-Encoding: gzip"), unsupported},
		"two encodings":             {m.JSON(body).With("Content-Encoding: identity", "Content-Encoding: gzip"), unsupported},
		"too large":                 {m.JSON(Blown(body, most+1)), tooLarge},
		"too large without telling": {m.JSON(Blown(body, most+1)).InChunks(), tooLarge},
		"deep":                      {m.JSON([]byte(strings.Repeat("[", most/2))), invalid},
		"a form":                    {as("application/x-www-form-urlencoded", []byte("a=b")), unsupported},
	}
	if bytes.Contains(body, []byte(":")) {
		all["a name twice"] = Refused{m.JSON(Doubled(body)), invalid}
	}
	return all
}
