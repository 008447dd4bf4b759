package licenses

import (
	"errors"
	"strings"
	"testing"
)

func TestUserIDsAreAddressesOrNames(t *testing.T) {
	const wrong = -1
	for name, tc := range map[string]struct {
		id   string
		want ErrorID
	}{
		"an address":                       {"lisa@example.com", 0},
		"an address with a plus":           {"lisa+work@example.com", 0},
		"an address in capitals":           {"Lisa@Example.COM", 0},
		"a name":                           {"lisa", 0},
		"a name with a blank and a slash":  {"corp/Lisa Barry", 0},
		"two at signs":                     {"a@b@example.com", BadEmailAddress},
		"nothing behind the at sign":       {"lisa@", BadEmailAddress},
		"an address among other things":    {"Lisa <lisa@example.com>", BadEmailAddress},
		"an address with a blank after it": {"lisa@example.com ", BadEmailAddress},
		"an address that is too long":      {strings.Repeat("l", 256) + "@example.com", BadEmailAddress},
		"nothing":                          {"", wrong},
		"a blank before":                   {" lisa", wrong},
		"a control character":              {"li\x00sa", wrong},
		"no text":                          {"li\xffsa", wrong},
		"too many characters":              {strings.Repeat("ü", 257), wrong},
		"as many as possible":              {strings.Repeat("ü", 256), 0},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkUserID(tc.id)
			form := (*Invalid)(nil)
			if (tc.want == wrong) != errors.As(err, &form) {
				t.Fatalf("got %v", err)
			}
			if tc.want != wrong && IDOf(err) != tc.want {
				t.Errorf("got %d %v, want %d", IDOf(err), err, tc.want)
			}
		})
	}
}
