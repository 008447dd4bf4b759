package licensing

import (
	"math/big"
	"slices"
	"strings"
)

// ParseFormula reads a formula. The grammar, loosest binding first:
//
//	sum     = product { ("+" | "-") product }
//	product = power { ("*" | "/") power }
//	power   = signed { "^" signed }
//	signed  = { "+" | "-" } primary
//	primary = number | variable | function "(" sum { "," sum } ")" | "(" sum ")"
func ParseFormula(text string) (*Formula, error) {
	if len(text) > MaxFormulaLength {
		return nil, formulaErrorf(MaxFormulaLength+1, "a formula has at most %d bytes, this one %d", MaxFormulaLength, len(text))
	}
	p := &formulaParser{lexer: formulaLexer{text: text}, variables: map[string]bool{}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	root, err := p.sum()
	if err != nil {
		return nil, err
	}
	if p.token.kind != formulaEnd {
		return nil, p.expected("an operator or the end of the formula")
	}
	f := &Formula{root: root}
	for name := range p.variables {
		f.variables = append(f.variables, name)
	}
	slices.Sort(f.variables)
	return f, nil
}

// formulaParser is a recursive descent parser with one method per line of the
// grammar. token is the next one, not consumed yet.
type formulaParser struct {
	lexer     formulaLexer
	token     formulaToken
	depth     int
	nodes     int
	variables map[string]bool
}

func (p *formulaParser) advance() (err error) {
	p.token, err = p.lexer.next()
	return err
}

func (p *formulaParser) expected(what string) error {
	return formulaErrorf(p.token.position, "expected %s, found %s", what, p.token)
}

// node counts a node against the bound as it is created.
func (p *formulaParser) node(n formulaNode, position int) (formulaNode, error) {
	if p.nodes++; p.nodes > MaxFormulaNodes {
		return nil, formulaErrorf(position, "a formula has at most %d numbers, variables, operators and functions", MaxFormulaNodes)
	}
	return n, nil
}

// nested runs parse one level deeper. Every recursion of the parser passes
// here, which is what bounds its stack.
func (p *formulaParser) nested(parse func() (formulaNode, error)) (formulaNode, error) {
	if p.depth == MaxFormulaDepth {
		return nil, formulaErrorf(p.token.position, "a formula nests at most %d levels deep", MaxFormulaDepth)
	}
	p.depth++
	defer func() { p.depth-- }()
	return parse()
}

func (p *formulaParser) sum() (formulaNode, error)     { return p.chain("+-", p.product) }
func (p *formulaParser) product() (formulaNode, error) { return p.chain("*/", p.power) }
func (p *formulaParser) power() (formulaNode, error)   { return p.chain("^", p.signed) }

// chain parses operands joined by operators of one level, grouping to the left.
func (p *formulaParser) chain(operators string, operand func() (formulaNode, error)) (formulaNode, error) {
	left, err := operand()
	for err == nil && p.token.kind == formulaSymbol && strings.Contains(operators, p.token.text) {
		operator := p.token
		if err = p.advance(); err != nil {
			break
		}
		var right formulaNode
		if right, err = operand(); err != nil {
			break
		}
		left, err = p.node(&formulaBinary{operator.text[0], left, right, operator.position}, operator.position)
	}
	return left, err
}

// signed reads any number of signs. A plus leaves no trace in the tree, so that
// the canonical form has none.
func (p *formulaParser) signed() (formulaNode, error) {
	sign := p.token
	if !sign.is("+") && !sign.is("-") {
		return p.primary()
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	operand, err := p.nested(p.signed)
	if err != nil || sign.is("+") {
		return operand, err
	}
	return p.node(&formulaNegation{operand, sign.position}, sign.position)
}

func (p *formulaParser) primary() (formulaNode, error) {
	first := p.token
	switch {
	case first.kind == formulaNumberToken:
		value, ok := new(big.Rat).SetString(first.text)
		if !ok {
			return nil, p.expected("a number")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.node(&formulaNumber{first.text, value, first.position}, first.position)
	case first.kind == formulaName:
		if err := p.advance(); err != nil {
			return nil, err
		}
		if p.token.is("(") {
			return p.call(first)
		}
		return p.variable(first)
	case first.is("("):
		if err := p.advance(); err != nil {
			return nil, err
		}
		inner, err := p.nested(p.sum)
		if err != nil {
			return nil, err
		}
		return inner, p.closing(`an operator or ")"`)
	default:
		return nil, p.expected(`a number, a variable, a function or "("`)
	}
}

// variable turns a name without parenthesis into a variable. Which variables exist
// is not known here: that is up to each request.
func (p *formulaParser) variable(name formulaToken) (formulaNode, error) {
	// A name must not be a variable here and a function there.
	if function, ok := formulaFunctions[strings.ToUpper(name.text)]; ok {
		return nil, formulaErrorf(name.position, `%s is a function: expected "(" after it, found %s`, function.name, p.token)
	}
	lower := strings.ToLower(name.text)
	p.variables[lower] = true
	return p.node(&formulaVariable{lower, name.position}, name.position)
}

// call reads the arguments of a function, of which the name is read already. The
// number of arguments is checked last, when the parenthesis is known to be closed:
// the likelier mistake is reported first.
func (p *formulaParser) call(name formulaToken) (formulaNode, error) {
	function, ok := formulaFunctions[strings.ToUpper(name.text)]
	if !ok {
		return nil, formulaErrorf(name.position, "unknown function %s; the functions are %s", name, strings.Join(formulaFunctionNames(), ", "))
	}
	call := &formulaCall{function: function, position: name.position}
	for more := true; more; more = p.token.is(",") {
		if err := p.advance(); err != nil { // over "(" or ","
			return nil, err
		}
		argument, err := p.nested(p.sum)
		if err != nil {
			return nil, err
		}
		call.arguments = append(call.arguments, argument)
	}
	if err := p.closing(`an operator, "," or ")"`); err != nil {
		return nil, err
	}
	if n := len(call.arguments); n < function.arity || n > function.arity && !function.variadic {
		return nil, formulaErrorf(name.position, "%s takes %s, found %d", function.name, function.arguments(), n)
	}
	return p.node(call, name.position)
}

func (p *formulaParser) closing(what string) error {
	if !p.token.is(")") {
		return p.expected(what)
	}
	return p.advance()
}
