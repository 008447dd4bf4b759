package signing

import (
	"fmt"
	"slices"
	"strings"
)

// Ring has the keys of a producer.
type Ring struct {
	keys map[string]*Key
	// problems say of the others why they cannot be used.
	problems map[string]string
}

// Names are those of all keys, also of such that cannot be used, in order.
func (r *Ring) Names() []string {
	names := make([]string, 0, len(r.keys)+len(r.problems))
	for name := range r.keys {
		names = append(names, name)
	}
	for name := range r.problems {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Key is the key with the name. An error says why there is none.
func (r *Ring) Key(name string) (*Key, error) {
	if key := r.keys[name]; key != nil {
		return key, nil
	}
	if problem := r.problems[name]; problem != "" {
		return nil, fmt.Errorf("the signing key %s cannot be used: %s", name, problem)
	}
	if names := r.Names(); len(names) > 0 {
		return nil, fmt.Errorf("there is no signing key %s: there is %s", name, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("there is no signing key %s, and no other", name)
}

// parseRing reads the content of a Secret. Entries that are no keys are passed over.
func parseRing(content map[string][]byte) *Ring {
	ring := &Ring{keys: map[string]*Key{}, problems: map[string]string{}}
	for entry, value := range content {
		name, private := strings.CutSuffix(entry, privateEnding)
		if !private {
			var shared bool
			if name, shared = strings.CutSuffix(entry, sharedEnding); !shared {
				continue
			}
		}
		if !keyName.MatchString(name) {
			continue // nobody can ask for it
		}
		if content[name+privateEnding] != nil && content[name+sharedEnding] != nil {
			ring.problems[name] = fmt.Sprintf("there is %s%s and %s%s: one of them must go, or have another name", name, privateEnding, name, sharedEnding)
			continue
		}
		key, err := parseEntry(entry, value)
		if err != nil {
			ring.problems[name] = err.Error()
			continue
		}
		ring.keys[name] = key
	}
	return ring
}
