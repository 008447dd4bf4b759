package licensing

import (
	"math/big"
	"strings"
)

// formulaNode is an expression. A node's value may be shared with the formula
// or with the caller's variables: whoever computes with it makes a new number.
type formulaNode interface {
	value(formulaScope) (*big.Rat, error)
	write(*strings.Builder)
	binding() int
	at() int
}

// How tightly an expression binds; what binds looser than its place demands
// needs parentheses.
const (
	formulaBindsSum = iota
	formulaBindsProduct
	formulaBindsPower
	formulaBindsSign
	formulaBindsPrimary
)

// The kinds of node. Each knows its position, so that an error in evaluation can
// point into the text just like one in parsing. A number keeps the digits it was
// written with: 0.10 is not rewritten to 1/10.
type (
	formulaNumber struct {
		text     string
		number   *big.Rat
		position int
	}
	formulaVariable struct {
		name     string
		position int
	}
	formulaNegation struct {
		operand  formulaNode
		position int
	}
	formulaBinary struct {
		operator    byte
		left, right formulaNode
		position    int
	}
	formulaCall struct {
		function  *formulaFunction
		arguments []formulaNode
		position  int
	}
)

func (n *formulaNumber) at() int   { return n.position }
func (n *formulaVariable) at() int { return n.position }
func (n *formulaNegation) at() int { return n.position }
func (n *formulaBinary) at() int   { return n.position }
func (n *formulaCall) at() int     { return n.position }

func (n *formulaNumber) binding() int   { return formulaBindsPrimary }
func (n *formulaVariable) binding() int { return formulaBindsPrimary }
func (n *formulaNegation) binding() int { return formulaBindsSign }
func (n *formulaCall) binding() int     { return formulaBindsPrimary }

func (n *formulaBinary) binding() int {
	switch n.operator {
	case '+', '-':
		return formulaBindsSum
	case '*', '/':
		return formulaBindsProduct
	default:
		return formulaBindsPower
	}
}

func (n *formulaNumber) write(b *strings.Builder)   { b.WriteString(n.text) }
func (n *formulaVariable) write(b *strings.Builder) { b.WriteString(n.name) }

func (n *formulaNegation) write(b *strings.Builder) {
	b.WriteByte('-')
	writeFormulaOperand(b, n.operand, formulaBindsSign)
}

func (n *formulaBinary) write(b *strings.Builder) {
	writeFormulaOperand(b, n.left, n.binding())
	b.WriteByte(n.operator)
	// All operators group to the left, so an equal on the right is in parentheses.
	writeFormulaOperand(b, n.right, n.binding()+1)
}

func (n *formulaCall) write(b *strings.Builder) {
	b.WriteString(n.function.name)
	for i, argument := range n.arguments {
		b.WriteByte("(,"[min(i, 1)])
		argument.write(b)
	}
	b.WriteByte(')')
}

// writeFormulaOperand writes an operand, in parentheses if it binds too loosely for
// its place. These are only ever parentheses that the text had as well.
func writeFormulaOperand(b *strings.Builder, n formulaNode, binding int) {
	if n.binding() >= binding {
		n.write(b)
		return
	}
	b.WriteByte('(')
	n.write(b)
	b.WriteByte(')')
}
