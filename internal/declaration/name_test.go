package declaration

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
)

func TestNamesAreDNSLabelsThatTellWhatTheyAreFor(t *testing.T) {
	for name, tc := range map[string]struct {
		identity []string
		want     string
	}{
		"a series and a version": {[]string{"PublicationApps", "1"}, "publicationapps-1-"},
		"no series":              {[]string{"", "2026-Q4"}, "2026-q4-"},
		"odd letters":            {[]string{"Ärger & <Söhne>", "ü"}, "rger-s-hne-"},
		"no letters":             {[]string{"…", "–"}, ""},
		"a long text":            {[]string{strings.Repeat("ab.", 60), "1"}, strings.Repeat("ab-", 15) + "a-"},
	} {
		t.Run(name, func(t *testing.T) {
			got := NameFor(tc.identity...)
			if !strings.HasPrefix(got, tc.want) || len(got) != len(tc.want)+hashLength {
				t.Errorf("got %s, want %s and a hash", got, tc.want)
			}
			if problems := validation.IsDNS1123Label(got); len(problems) > 0 {
				t.Errorf("%s: %v", got, problems)
			}
			if again := NameFor(tc.identity...); again != got {
				t.Errorf("then %s", again)
			}
		})
	}
}

func TestWhatLooksAlikeHasDifferentNames(t *testing.T) {
	seen := map[string][]string{}
	for _, identity := range [][]string{{"a", "b"}, {"a-b", ""}, {"", "a-b"}, {"a", "B"}, {"a.b", ""}, {"1:a", "b"}, {"a", "b", ""}} {
		name := NameFor(identity...)
		if other, taken := seen[name]; taken {
			t.Errorf("%q and %q are both %s", identity, other, name)
		}
		seen[name] = identity
	}
}

func TestTextIsShortenedBetweenCharacters(t *testing.T) {
	for text, want := range map[string]string{"abc": "abc", "abcdef": "abcd", "abéé": "abé", "abcé": "abc", "": ""} {
		if got := Shorten(text, 4); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
