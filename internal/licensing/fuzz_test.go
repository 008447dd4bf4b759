package licensing

import (
	"bytes"
	"testing"
)

func FuzzParseTokens(f *testing.F) {
	for _, seed := range []string{"0", "-0", "44", "29.333333", "0.000001", "-2.50", "9223372036854.775807", "-9223372036854.775808",
		"9223372036854.775808", "1e3", "1.2.3", ".5", "5.", "--1", "٣", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens, err := ParseTokens(text)
		if err != nil {
			if tokens != 0 || len(err.Error()) > 400 {
				t.Fatalf("ParseTokens(%q) = %s and an error of %d bytes", text, tokens, len(err.Error()))
			}
			return
		}
		again, err := ParseTokens(tokens.String())
		if err != nil || again != tokens || again.String() != tokens.String() {
			t.Fatalf("%q is %s, which reads as %s, %v", text, tokens, again, err)
		}
	})
}

func FuzzPrice(f *testing.F) {
	f.Add(int64(3_000_000), int64(10_000_000))
	f.Add(int64(333_333), int64(100_000))
	f.Add(int64(MaxTokens), int64(One))
	f.Add(int64(MaxTokens), int64(MaxTokens))
	f.Add(int64(0), int64(1))
	f.Fuzz(func(t *testing.T, rate, count int64) {
		if rate >= 0 && count >= 0 {
			wantExactPrice(t, Tokens(rate), Count(count))
		}
	})
}

func FuzzSession(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("a session that lives for some time and is closed in the end"))
	f.Add(bytes.Repeat([]byte{0, 0, 1, 1, 1, 2, 5, 200, 0, 8}, 20))
	f.Add(bytes.Repeat([]byte{1, 2, 1, 3, 0, 4, 1, 7, 90, 2, 9, 0, 11, 1, 2, 3, 12, 60}, 12))
	f.Fuzz(func(t *testing.T, script []byte) {
		const longest = 512 // so that one input cannot take the time of thousands
		script = script[:min(len(script), longest)]
		w := newWorld(t, func(n int) int {
			if len(script) == 0 {
				return 0
			}
			choice := int(script[0]) % n
			script = script[1:]
			return choice
		})
		for len(script) > 0 {
			w.step()
		}
		for _, who := range w.sessions {
			w.catchesUp(who)
		}
		w.wantConserved()
	})
}
