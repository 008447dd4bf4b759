package status

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// longestList is about what a column of a terminal can show.
const longestList = 256

// Enumerate lists what fits into a column, and says how much more there is.
func Enumerate(parts []string) string {
	var list strings.Builder
	for i, part := range parts {
		if i == 0 {
			list.WriteString(cut(part))
			continue
		}
		if list.Len()+len(", ")+len(part) > longestList {
			fmt.Fprintf(&list, " and %d more", len(parts)-i)
			break
		}
		list.WriteString(", " + part)
	}
	return list.String()
}

// cut shortens a name that is too long by itself, between two characters.
func cut(name string) string {
	if len(name) <= longestList {
		return name
	}
	end := longestList
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + "…"
}
