package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"sigs.k8s.io/yaml"
)

// overlay is what we use of the OpenAPI Overlay Specification 1.0.0. Unlike there, a target is one path without wildcards,
// and must be found: a change that has nothing to change any more is a mistake.
type overlay struct {
	Overlay string         `json:"overlay"`
	Info    map[string]any `json:"info"`
	Extends string         `json:"extends"`
	Actions []action       `json:"actions"`
}

type action struct {
	Target string `json:"target"`
	Update any    `json:"update"`
	Remove bool   `json:"remove"`
}

func apply(text []byte, document any) error {
	var changes overlay
	if err := yaml.UnmarshalStrict(text, &changes); err != nil {
		return err
	}
	for _, action := range changes.Actions {
		if err := action.apply(document); err != nil {
			return fmt.Errorf("%s: %w", action.Target, err)
		}
	}
	return nil
}

func (a action) apply(document any) error {
	path, err := parsePath(a.Target)
	if err != nil {
		return err
	}
	if a.Remove == (a.Update != nil) {
		return errors.New("an action either removes or updates")
	}
	parent, err := path[:len(path)-1].find(document)
	if err != nil {
		return err
	}
	last := path[len(path)-1]
	target, err := last.child(parent)
	switch {
	case err != nil:
		return err
	case a.Remove:
		return last.remove(path, document, parent)
	default:
		last.set(parent, merged(target, a.Update))
		return nil
	}
}

// merged adds the attributes of an object and the elements of a list, and replaces everything else.
func merged(target, update any) any {
	switch target := target.(type) {
	case map[string]any:
		if update, ok := update.(map[string]any); ok {
			result := maps.Clone(target)
			for name, value := range update {
				result[name] = merged(target[name], value)
			}
			return result
		}
	case []any:
		if update, ok := update.([]any); ok {
			return slices.Concat(target, update)
		}
	}
	return update
}
