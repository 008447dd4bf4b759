package declaration

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

const (
	// maxLabel is the length of a DNS label, which every name made here is.
	maxLabel = 63
	// hashLength makes a clash of two names something that does not happen.
	hashLength = 16
)

// NameFor is the name of the one object with the identity: the same on every replica, so that two calls that make it at
// the same time meet at the API server.
func NameFor(identity ...string) string { return NameLike(strings.Join(identity, "-"), identity...) }

// NameLike is NameFor with something else for people to read.
func NameLike(text string, identity ...string) string {
	return label(text) + Digest(identity...)[:hashLength]
}

// label makes the beginning of a name that a person recognizes: what is left of the text, and a dash.
func label(text string) string {
	var kept strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case kept.Len() >= maxLabel-hashLength-1:
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			kept.WriteRune(r)
		case kept.Len() > 0 && !strings.HasSuffix(kept.String(), "-"):
			kept.WriteByte('-')
		}
	}
	if readable := strings.Trim(kept.String(), "-"); readable != "" {
		return readable + "-"
	}
	return ""
}

// Digest tells every list of texts from every other.
func Digest(texts ...string) string {
	sum := sha256.New()
	for _, text := range texts {
		sum.Write([]byte(strconv.Itoa(len(text)) + ":" + text))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
