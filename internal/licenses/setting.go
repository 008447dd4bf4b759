package licenses

// Setting is what a call says of an attribute that may be without a value: nothing, that there is to be none, or a value.
type Setting[T comparable] struct {
	Said  bool
	Value *T
}

// onto changes what an object says for itself. Who says what is so already, for whatever reason, changes nothing: clients
// send back the whole of what they were shown.
func (s Setting[T]) onto(own **T, effective *T) {
	if s.Said && !same(s.Value, effective) {
		*own = s.Value
	}
}

// MaxTokenLimit is the most that can be declared, and what clients are shown where there is no limit: they read a number
// there. Sending it back changes nothing.
const MaxTokenLimit = 1_000_000

func tokenLimit(limit Setting[int32], own **int32, effective *int32) {
	if limit.Value != nil && *limit.Value == MaxTokenLimit && effective == nil {
		return
	}
	limit.onto(own, effective)
}

// text is onto for a field that is empty without a value.
func (s Setting[T]) text(own *T) {
	if !s.Said {
		return
	}
	var none T
	if *own = none; s.Value != nil {
		*own = *s.Value
	}
}

func same[T comparable](a, b *T) bool {
	return (a == nil) == (b == nil) && (a == nil || *a == *b)
}
