package licensing

import "unicode/utf8"

// formulaTokenKind says what a token is. Names are not yet told apart: whether one
// is a function or a variable shows in what follows it.
type formulaTokenKind int

const (
	formulaEnd formulaTokenKind = iota
	formulaNumberToken
	formulaName
	formulaSymbol
)

// formulaToken is a piece of formula text; position counts bytes from 1.
type formulaToken struct {
	kind     formulaTokenKind
	text     string
	position int
}

// String is how an error message names the token.
func (t formulaToken) String() string {
	if t.kind == formulaEnd {
		return "the end of the formula"
	}
	return `"` + t.text + `"`
}

func (t formulaToken) is(symbol string) bool {
	return t.kind == formulaSymbol && t.text == symbol
}

// formulaLexer cuts the text into tokens one at a time. It keeps none: the parser
// looks one token ahead, never more.
type formulaLexer struct {
	text   string
	offset int
}

// next returns the next token. Bytes outside ASCII are refused rather than
// classified: upper and lower case of other scripts depend on the reader's
// language, and a price must not.
func (l *formulaLexer) next() (formulaToken, error) {
	for l.offset < len(l.text) && isFormulaBlank(l.text[l.offset]) {
		l.offset++
	}
	start := l.offset
	if start == len(l.text) {
		return formulaToken{kind: formulaEnd, position: start + 1}, nil
	}
	switch c := l.text[start]; {
	case isFormulaDigit(c) || c == '.':
		return l.number()
	case isFormulaLetter(c):
		l.skip(func(c byte) bool { return isFormulaLetter(c) || isFormulaDigit(c) || c == '.' })
		return l.token(formulaName, start), nil
	case isFormulaSymbol(c):
		l.offset++
		return l.token(formulaSymbol, start), nil
	default:
		r, _ := utf8.DecodeRuneInString(l.text[start:])
		return formulaToken{}, formulaErrorf(start+1, "character %q does not belong in a formula", r)
	}
}

// number reads digits with at most one decimal point. There is no exponent
// notation: 1e5 is a number followed by a name, and so an error.
func (l *formulaLexer) number() (formulaToken, error) {
	start := l.offset
	l.skip(isFormulaDigit)
	digits := l.offset - start
	if l.offset < len(l.text) && l.text[l.offset] == '.' {
		l.offset++
		point := l.offset
		l.skip(isFormulaDigit)
		digits += l.offset - point
	}
	if digits == 0 {
		return formulaToken{}, formulaErrorf(start+1, `expected a digit before or after "."`)
	}
	return l.token(formulaNumberToken, start), nil
}

func (l *formulaLexer) skip(accept func(byte) bool) {
	for l.offset < len(l.text) && accept(l.text[l.offset]) {
		l.offset++
	}
}

func (l *formulaLexer) token(kind formulaTokenKind, start int) formulaToken {
	return formulaToken{kind: kind, text: l.text[start:l.offset], position: start + 1}
}

func isFormulaBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isFormulaDigit(c byte) bool { return '0' <= c && c <= '9' }

// isFormulaLetter leaves out the point, which names may contain (FLOOR.MATH) but
// which starts a number.
func isFormulaLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

func isFormulaSymbol(c byte) bool {
	switch c {
	case '+', '-', '*', '/', '^', '(', ')', ',':
		return true
	}
	return false
}
