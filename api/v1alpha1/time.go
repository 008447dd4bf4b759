package v1alpha1

import (
	"encoding/json"
	"fmt"
	"time"
)

// Time is a moment that a person or a client wrote: RFC 3339 with "T" and "Z"
// (or an offset) in capitals and at most 6 digits of a second, for example
// 2026-11-21T14:44:12Z.
//
// It is not metav1.Time, which drops fractions of a second when it is written
// (the REST interface speaks milliseconds), and not metav1.MicroTime, which
// cannot read a time without a fraction (nobody types one). The pattern admits
// exactly what Go can parse: an object that only some readers can decode would
// stop the informer of everyone.
//
// +kubebuilder:validation:Type=string
// +kubebuilder:validation:Format=date-time
// +kubebuilder:validation:Pattern=`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:ac:generate=false
type Time struct {
	time.Time `json:"-"`
}

// NewTime returns t as the kinds write it: in UTC, cut to microseconds.
func NewTime(t time.Time) Time {
	return Time{Time: t.UTC().Truncate(time.Microsecond)}
}

// MarshalJSON writes as many digits of a second as there are, and no more: what
// was read is written back unchanged in value.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.UTC().Format(time.RFC3339Nano))
}

// UnmarshalJSON reads an RFC 3339 time with or without a fraction.
func (t *Time) UnmarshalJSON(data []byte) error {
	var text *string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("a time is a string: %w", err)
	}
	if text == nil {
		t.Time = time.Time{}
		return nil
	}
	parsed, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		return fmt.Errorf("a time is written like 2026-11-21T14:44:12Z: %w", err)
	}
	t.Time = parsed.UTC()
	return nil
}

// DeepCopyInto copies t; time.Time is a value.
func (t *Time) DeepCopyInto(out *Time) { *out = *t }

// ToUnstructured lets the unstructured converter write the text and not the
// embedded struct.
func (t Time) ToUnstructured() any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339Nano)
}
