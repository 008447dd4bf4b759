package declaration

import (
	"reflect"
	"slices"
	"strings"
)

// keyedLists are the lists whose elements are declared one by one, by their ids. Of every other list the whole is declared.
var keyedLists = map[string]bool{"limitations": true, "userGroups": true}

// difference makes a declaration of what an object is to become: of what REST declares already, and of what is to change.
// A value that stands already and is not REST's is left to whoever declares it, so that both need not agree on a change
// later.
type difference struct {
	// ours and others are the fields that REST declares, and those that everybody else does, by manager.
	ours   managed
	others map[string]managed
	// taken are the fields that are to be left out, and are not REST's to leave out.
	taken []Conflict
}

func (d *difference) fields(path []string, current, next map[string]any) map[string]any {
	declared := map[string]any{}
	for name, value := range next {
		at := under(path, "f:"+name)
		if part, is := d.field(at, current[name], value); is {
			declared[name] = part
		}
	}
	for name := range current {
		if _, stays := next[name]; !stays {
			d.leaveOut(under(path, "f:"+name))
		}
	}
	return declared
}

func (d *difference) field(path []string, current, next any) (any, bool) {
	if fields, is := next.(map[string]any); is {
		before, _ := current.(map[string]any)
		declared := d.fields(path, before, fields)
		return declared, len(declared) > 0 || d.isNew(path, current)
	}
	if elements, is := next.([]any); is && keyedLists[strings.TrimPrefix(path[len(path)-1], "f:")] && areObjects(elements) {
		before, _ := current.([]any)
		declared := d.elements(path, before, elements)
		return declared, len(declared) > 0 || d.isNew(path, current)
	}
	return next, d.ours.has(path...) || !reflect.DeepEqual(current, next)
}

func (d *difference) isNew(path []string, current any) bool {
	return current == nil || d.ours.has(path...)
}

func (d *difference) elements(path []string, current, next []any) []any {
	before, declared := byID(current), []any{}
	for _, element := range next {
		fields, _ := element.(map[string]any)
		id, _ := fields["id"].(string)
		at := under(path, elementOf(id))
		part := d.fields(at, before[id], fields)
		_, stood := before[id]
		delete(before, id)
		if len(part) > 0 || !stood {
			part["id"] = id
			declared = append(declared, part)
		}
	}
	for id := range before {
		d.leaveOut(under(path, elementOf(id)))
	}
	return declared
}

// leaveOut notes who else declares a field that is to go: to take it out of REST's declaration would not take it away.
func (d *difference) leaveOut(path []string) {
	field, found := written(path), false
	for manager, fields := range d.others {
		if fields.has(path...) {
			d.taken, found = append(d.taken, Conflict{Field: field, Manager: manager}), true
		}
	}
	if !found && !d.ours.has(path...) {
		d.taken = append(d.taken, Conflict{Field: field, Manager: "somebody else"})
	}
}

// areObjects tells a list of objects from one of texts, which some kinds have under the same name.
func areObjects(list []any) bool {
	return !slices.ContainsFunc(list, func(element any) bool {
		_, is := element.(map[string]any)
		return !is
	})
}

func byID(list []any) map[string]map[string]any {
	elements := make(map[string]map[string]any, len(list))
	for _, element := range list {
		if fields, is := element.(map[string]any); is {
			id, _ := fields["id"].(string)
			elements[id] = fields
		}
	}
	return elements
}

func under(path []string, name string) []string { return slices.Concat(path, []string{name}) }

// written is a path as the API server writes it: spec.limitations[id="api"].limit.
func written(path []string) string {
	var text strings.Builder
	for _, name := range path {
		if field, is := strings.CutPrefix(name, "f:"); is {
			text.WriteString("." + field)
		} else {
			id := strings.TrimSuffix(strings.TrimPrefix(name, `k:{"id":`), "}")
			text.WriteString("[id=" + id + "]")
		}
	}
	return strings.TrimPrefix(text.String(), ".")
}
