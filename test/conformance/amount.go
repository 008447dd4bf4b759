package conformance

import (
	"fmt"
	"math/big"
	"strings"
)

// amount is a number of tokens in millionths. The server rounds to them: charges up, refunds down.
type amount int64

const million = 1_000_000

// tokens reads a plain decimal. It is for figures that the cases name, and for what the server answered.
func tokens(text string) amount {
	parsed, err := parseAmount(text)
	if err != nil {
		panic(err) // a figure of this package
	}
	return parsed
}

func parseAmount(text string) (amount, error) {
	rational, ok := new(big.Rat).SetString(text)
	if !ok || strings.ContainsAny(text, "eE/") {
		return 0, fmt.Errorf("%q is no plain decimal", text)
	}
	rational.Mul(rational, big.NewRat(million, 1))
	if !rational.IsInt() || !rational.Num().IsInt64() {
		return 0, fmt.Errorf("%q has more than six decimal places", text)
	}
	return amount(rational.Num().Int64()), nil
}

// String is the only way in which the server may write the amount.
func (a amount) String() string {
	if a < 0 {
		return "-" + (-a).String()
	}
	text := fmt.Sprint(int64(a) / million)
	if fraction := int64(a) % million; fraction != 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%06d", fraction), "0")
	}
	return text
}

// portion is the refund of a charge when left of the period is unused: rounded down.
func (a amount) portion(left, period int64) amount {
	product := new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(left))
	return amount(product.Quo(product, big.NewInt(period)).Int64())
}

// refund is what is given back of several charges, each rounded by itself.
func refund(charges []amount, left, period int64) (total amount) {
	for _, charge := range charges {
		total += charge.portion(left, period)
	}
	return total
}
