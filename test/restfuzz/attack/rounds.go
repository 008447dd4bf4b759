package attack

import (
	"fmt"
	"os"
	"strconv"
)

const roundsVariable = "RESTFUZZ_ROUNDS"

// Rounds is how many generated requests each operation gets, unless RESTFUZZ_ROUNDS says otherwise. More of them find more.
func Rounds(otherwise int) (int, error) {
	text := os.Getenv(roundsVariable)
	if text == "" {
		return otherwise, nil
	}
	rounds, err := strconv.Atoi(text)
	if err != nil || rounds < 1 {
		return 0, fmt.Errorf("%s is %q, want the number of requests of an operation, 1 or more", roundsVariable, text)
	}
	return rounds, nil
}
