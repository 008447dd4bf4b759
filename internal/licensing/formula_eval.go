package licensing

import "math/big"

// formulaScope holds the value of every variable of a formula by lower-case name.
type formulaScope map[string]*big.Rat

// evaluateFormulaNode evaluates a node and checks the size of what comes out,
// so that no operation ever starts from an oversized number.
func evaluateFormulaNode(n formulaNode, scope formulaScope) (*big.Rat, error) {
	value, err := n.value(scope)
	if err != nil {
		return nil, err
	}
	return value, checkFormulaSize(value, n.at())
}

// checkFormulaSize is what keeps evaluation short: with every operand bounded, one
// operation at most doubles the length before the next check.
func checkFormulaSize(value *big.Rat, position int) error {
	if value.Num().BitLen() > MaxFormulaBits || value.Denom().BitLen() > MaxFormulaBits {
		return formulaErrorf(position, "the value has too many digits: numerator and denominator have at most %d bits", MaxFormulaBits)
	}
	return nil
}

func (n *formulaNumber) value(formulaScope) (*big.Rat, error) { return n.number, nil }

func (n *formulaVariable) value(scope formulaScope) (*big.Rat, error) { return scope[n.name], nil }

func (n *formulaNegation) value(scope formulaScope) (*big.Rat, error) {
	operand, err := evaluateFormulaNode(n.operand, scope)
	if err != nil {
		return nil, err
	}
	return new(big.Rat).Neg(operand), nil
}

func (n *formulaBinary) value(scope formulaScope) (*big.Rat, error) {
	left, err := evaluateFormulaNode(n.left, scope)
	if err != nil {
		return nil, err
	}
	right, err := evaluateFormulaNode(n.right, scope)
	if err != nil {
		return nil, err
	}
	// Errors carry the operator's position, where the operands are known to be right.
	switch n.operator {
	case '+':
		return new(big.Rat).Add(left, right), nil
	case '-':
		return new(big.Rat).Sub(left, right), nil
	case '*':
		return new(big.Rat).Mul(left, right), nil
	case '^':
		return formulaPower(left, right, n.position)
	}
	if right.Sign() == 0 {
		return nil, formulaErrorf(n.position, "division by zero")
	}
	return new(big.Rat).Quo(left, right), nil
}

func (n *formulaCall) value(scope formulaScope) (*big.Rat, error) {
	arguments := make([]*big.Rat, len(n.arguments))
	for i, argument := range n.arguments {
		value, err := evaluateFormulaNode(argument, scope)
		if err != nil {
			return nil, err
		}
		arguments[i] = value
	}
	if !n.function.variadic {
		return n.function.apply(arguments, n.position)
	}
	// Folded pair by pair with the size check between, or a PRODUCT of many
	// large arguments would outgrow the bound before anyone looked.
	result := arguments[0]
	for _, next := range arguments[1:] {
		var err error
		if result, err = n.function.apply([]*big.Rat{result, next}, n.position); err != nil {
			return nil, err
		}
		if err = checkFormulaSize(result, n.position); err != nil {
			return nil, err
		}
	}
	return result, nil
}
