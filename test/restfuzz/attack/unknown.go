package attack

import (
	"maps"
	"slices"
)

// WithUnknown are the value's variants with one more attribute, by the place of the object that has it.
func WithUnknown(value any, at string) map[string]any {
	variants := map[string]any{}
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			for below, variant := range WithUnknown(element, at+"[]") {
				list := slices.Clone(value)
				list[i] = variant
				variants[below] = list
			}
		}
	case map[string]any:
		for name, member := range value {
			if name == "metaData" || name == "dictionary" || name == "variables" {
				continue // they have names of the caller
			}
			for below, variant := range WithUnknown(member, at+"."+name) {
				object := maps.Clone(value)
				object[name] = variant
				variants[below] = object
			}
		}
		object := maps.Clone(value)
		object["unknown"] = "x"
		variants[at] = object
	}
	return variants
}
