package server

import (
	"fmt"
	"regexp"
	"strconv"
)

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

func memberPath(path, name string) string {
	if plainName.MatchString(name) {
		return path + "." + clip(name)
	}
	return fmt.Sprintf("%s['%s']", path, clip(name))
}

func elementPath(path string, index int) string { return path + "[" + strconv.Itoa(index) + "]" }

// pathOf writes a pointer into a value as a path. The value tells which steps are names and which are positions.
func pathOf(value any, pointer []string) string {
	path := "$"
	for _, step := range pointer {
		switch within := value.(type) {
		case []any:
			index, err := strconv.Atoi(step)
			if err != nil || index >= len(within) {
				return path
			}
			path, value = elementPath(path, index), within[index]
		case map[string]any:
			path, value = memberPath(path, step), within[step]
		default:
			return path
		}
	}
	return path
}
