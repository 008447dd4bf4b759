package sqlstore

import "strings"

// PostgreSQL takes no NUL in a text. It is written as two characters that are hardly ever used, the first of which is itself
// written twice.
var (
	escape   = strings.NewReplacer("\x01", "\x01\x01", "\x00", "\x010")
	unescape = strings.NewReplacer("\x01\x01", "\x01", "\x010", "\x00")
)

// text is what is stored of a text. What is not UTF-8 becomes U+FFFD, as it would in JSON.
func text(s string) string { return escape.Replace(strings.ToValidUTF8(s, "\uFFFD")) }

func untext(s string) string {
	if strings.IndexByte(s, 1) < 0 {
		return s
	}
	return unescape.Replace(s)
}
