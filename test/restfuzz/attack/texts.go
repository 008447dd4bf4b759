package attack

import (
	"fmt"
	"strings"
)

// Texts are texts to put where a value is expected. Many are no JSON.
var Texts = func() [][]byte {
	texts := []string{
		`null`, `true`, `""`, `" "`, `"x"`, `"0"`, `"1e400"`, `"NaN"`, `[]`, `{}`, `[null]`, `[[]]`, `{"a":1}`, `{"":""}`,
		`0`, `-0`, `-1`, `0.5`, `0.000001`, `0.0000001`, `1.0`, `1e2`, `1E+2`, `0.1e1`, `1e12`, `1000000000001`, `1e400`, `-1e400`, `1e-400`,
		`1e999999999`, `1e-999999999`, `9007199254740993`, `9223372036854775807`, `9223372036854775808`, `-9223372036854775809`,
		`253402300800000`, `999999999999.999999`, `1000000000000.000001`,
		`NaN`, `Infinity`, `01`, `0x1`, `.5`, `+1`, `1.`, `1e`, `--1`, `'x'`, `undefined`, `x`, ``, `,`, `}`, `"`, `"\x"`, `/**/1`,
		`"\u0000"`, `"\u0007\u001b[2J"`, `"\u202eevil"`, `"\ud83d\ude00"`, `"\ud800"`, `"\udc00\ud800"`, `"line\nline\r\n"`, "\"\t\"", "\"\x00\"", "\"\xff\xfe\"", "\xef\xbb\xbf1",
		`"<script>alert(1)</script>"`, `"../../etc/passwd"`, `"%00"`, `"${jndi:ldap://x}"`, `"'; drop table x; --"`, `"a/b"`, `"."`, `".."`, `"2e9b6d3c-0f0a-4b7e-9d53-2f4b6f0b7c21"`,
		`"{neighborSession}"`, `"{neighborCondition}"`, `"{foreignInstance}"`, `"{foreignLineItem}"`,
		`{"a":1,"a":2}`, `{"__proto__":{"a":1}}`, `{"unknown":"x"}`,
		strings.Repeat("9", 10_000), "0." + strings.Repeat("0", 10_000) + "1", "1e" + strings.Repeat("9", 5_000),
		`"` + strings.Repeat("a", 10_000) + `"`, `"` + strings.Repeat("\U0001f600", 257) + `"`, `"` + strings.Repeat("é", 128) + `"`,
		`[` + strings.Repeat(`null,`, 10_000) + `null]`, `[` + strings.Repeat(`{},`, 10_000) + `{}]`, `[` + strings.Repeat(`"a",`, 64) + `"a"]`,
		strings.Repeat(`[`, 31) + strings.Repeat(`]`, 31), strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40),
		strings.Repeat(`[`, 30_000) + strings.Repeat(`]`, 30_000),
	}
	var many strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&many, `,"k%d":%d`, i, i)
	}
	all := make([][]byte, 0, len(texts)+1)
	for _, text := range append(texts, "{"+many.String()[1:]+"}") {
		all = append(all, []byte(text))
	}
	return all
}()

// Parameters are hostile texts for a path, a query or a header. Some stand for names in a world.
var Parameters = []string{
	"", " ", "x", "-1", "0", "00", "1.0", "1e3", "1e400", "NaN", "9223372036854775808", "99999999999999999999", "true", "TRUE", "null",
	"\x00", "\xff", "é", "\U0001f600", "\u202e", "..", ".", "../../x", "a/b", "%2F", "*", "a b", "a\nb", "a;b", "a,b", `"`, "'", "<", "{", "}", "${x}", "{neighborSession}",
	strings.Repeat("a", 129), strings.Repeat("a", 256), strings.Repeat("é", 128), strings.Repeat("a", 20_000), "urn:uuid:9a1d7a3c-0f0a-4b7e-9d53-2f4b6f0b7c21",
	"{9a1d7a3c-0f0a-4b7e-9d53-2f4b6f0b7c21}", "9A1D7A3C-0F0A-4B7E-9D53-2F4B6F0B7C21", "9a1d7a3c0f0a4b7e9d532f4b6f0b7c21", "00000000-0000-0000-0000-000000000000",
}
