package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// path is a JSONPath without wildcards and filters: $.a['b c'][0].
type path []step

// step leads from an object to an attribute, or from a list to an element.
type step struct {
	name  string
	index int // -1 for a name
}

var stepText = regexp.MustCompile(`^(?:\.([A-Za-z0-9_-]+)|\['([^']+)'\]|\[([0-9]+)\])`)

func parsePath(text string) (path, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok || rest == "" {
		return nil, errors.New("want a path below the document, such as $.info")
	}
	var steps path
	for rest != "" {
		match := stepText.FindStringSubmatch(rest)
		if match == nil {
			return nil, fmt.Errorf("cannot read %q: want .name, ['name'] or [0]", rest)
		}
		rest = rest[len(match[0]):]
		next := step{name: match[1] + match[2], index: -1}
		if match[3] != "" {
			index, err := strconv.Atoi(match[3])
			if err != nil {
				return nil, err
			}
			next.index = index
		}
		steps = append(steps, next)
	}
	return steps, nil
}

func (p path) find(node any) (any, error) {
	var err error
	for _, step := range p {
		if node, err = step.child(node); err != nil {
			return nil, err
		}
	}
	return node, nil
}

func (s step) child(node any) (any, error) {
	switch node := node.(type) {
	case map[string]any:
		if value, ok := node[s.name]; ok && s.index < 0 {
			return value, nil
		}
	case []any:
		if s.index >= 0 && s.index < len(node) {
			return node[s.index], nil
		}
	}
	return nil, fmt.Errorf("the document has nothing here: %s", s)
}

func (s step) set(parent, value any) {
	switch parent := parent.(type) {
	case map[string]any:
		parent[s.name] = value
	case []any:
		parent[s.index] = value
	}
}

// remove takes a step out of its parent. A list becomes shorter, which its own parent must learn.
func (s step) remove(from path, document, parent any) error {
	switch parent := parent.(type) {
	case map[string]any:
		delete(parent, s.name)
	case []any:
		up := from[:len(from)-1]
		grandparent, err := up[:len(up)-1].find(document)
		if err != nil {
			return err
		}
		up[len(up)-1].set(grandparent, slices.Delete(slices.Clone(parent), s.index, s.index+1))
	}
	return nil
}

func (s step) String() string {
	if s.index >= 0 {
		return strconv.Itoa(s.index)
	}
	return s.name
}
