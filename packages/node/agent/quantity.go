package main

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
)

// A number, and a suffix or an exponent: 1E is one exa, and 1E3 a thousand.
var quantityForm = regexp.MustCompile(`^\+?(\d+\.?\d*|\.\d+)(?:([KMGTPE]i|[numkMGTPE]?)|[eE]([+-]?\d{1,3}))$`)

var quantitySuffixes = map[string]struct{ base, exponent int64 }{
	"n": {10, -9}, "u": {10, -6}, "m": {10, -3}, "": {10, 0},
	"k": {10, 3}, "M": {10, 6}, "G": {10, 9}, "T": {10, 12}, "P": {10, 15}, "E": {10, 18},
	"Ki": {2, 10}, "Mi": {2, 20}, "Gi": {2, 30}, "Ti": {2, 40}, "Pi": {2, 50}, "Ei": {2, 60},
}

// bytesOf reads a quantity as Kubernetes writes it, and rounds it up.
func bytesOf(quantity string) (int64, error) {
	parts := quantityForm.FindStringSubmatch(quantity)
	if parts == nil {
		return 0, fmt.Errorf("%q is no size", quantity)
	}
	value, ok := new(big.Rat).SetString(parts[1])
	if !ok {
		return 0, fmt.Errorf("%q is no size", quantity)
	}
	scale := quantitySuffixes[parts[2]]
	if parts[3] != "" {
		scale.exponent, _ = strconv.ParseInt(parts[3], 10, 64)
	}
	factor := new(big.Int).Exp(big.NewInt(scale.base), new(big.Int).Abs(big.NewInt(scale.exponent)), nil)
	if scale.exponent < 0 {
		value.Quo(value, new(big.Rat).SetInt(factor))
	} else {
		value.Mul(value, new(big.Rat).SetInt(factor))
	}
	whole, rest := new(big.Int).QuoRem(value.Num(), value.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		whole.Add(whole, big.NewInt(1))
	}
	if !whole.IsInt64() {
		return 0, fmt.Errorf("%q is more than can be", quantity)
	}
	return whole.Int64(), nil
}
