package licenses

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxUserID and maxUserName are those of the kind, in characters.
	maxUserID   = 256
	maxUserName = 256
)

// checkUserID refuses an id that no user can have. One that is meant as an email address must be one.
func checkUserID(id string) error {
	length := utf8.RuneCountInString(id)
	switch {
	case length == 0:
		return invalid("$.user_id: is empty, must have 1 to %d characters", maxUserID)
	case strings.Contains(id, "@") && !isAddress(id):
		return errorf(BadEmailAddress, "user_id: %.256q is no email address", id)
	case length > maxUserID:
		return invalid("$.user_id: has %d characters, must have 1 to %d", length, maxUserID)
	case strings.TrimSpace(id) != id:
		return invalid("$.user_id: %.256q begins or ends with a blank", id)
	case !utf8.ValidString(id), strings.ContainsFunc(id, unicode.IsControl):
		return invalid("$.user_id: %.256q has characters that are not possible", id)
	}
	return nil
}

// isAddress tells whether the text is an address and nothing else: no name, no brackets.
func isAddress(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && utf8.RuneCountInString(text) <= maxUserID
}

func checkUserName(name string) error {
	if length := utf8.RuneCountInString(name); length > maxUserName {
		return invalid("$.name: has %d characters, must have at most %d", length, maxUserName)
	}
	return nil
}
