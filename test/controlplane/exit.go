package controlplane

import (
	"fmt"
	"os"
)

// Exit ends the tests of a package with the code of their run. What kept them from running, or their control plane from
// ending, is an error of its own.
func Exit(code int, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
