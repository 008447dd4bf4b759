package v1alpha1

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Duration is a length of time that a person wrote, in hours, minutes and
// seconds: 1h30m.
//
// It is not metav1.Duration, which writes 1h30m back as 1h30m0s: what a person
// wrote is what the object keeps. It is text so that no reader of a list can
// fail on it; the empty text means "not given".
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=32
type Duration string

var durationText = regexp.MustCompile(`^([0-9]{1,5}[hms]){1,3}$`)

// NewDuration writes d as a person would: 1h and not 1h0m0s.
func NewDuration(d time.Duration) Duration {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return Duration(text)
}

// Parse reads the text.
func (d Duration) Parse() (time.Duration, error) {
	if durationText.MatchString(string(d)) {
		if parsed, err := time.ParseDuration(string(d)); err == nil {
			return parsed, nil
		}
	}
	return 0, fmt.Errorf("%q is not a duration: write it as in 1h30m", string(d))
}
