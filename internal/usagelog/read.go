package usagelog

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Read reads a log, each transaction once, in the order of the lines. A last line that is not finished yet is left out.
func Read(r io.Reader) ([]Line, error) {
	var lines []Line
	seen := map[string]bool{}
	reader := bufio.NewReader(r)
	for number := 1; ; number++ {
		text, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		var line Line
		if err := json.Unmarshal(text, &line); err != nil {
			return lines, fmt.Errorf("line %d: %w", number, err)
		}
		if !seen[line.ID] {
			seen[line.ID] = true
			lines = append(lines, line)
		}
	}
}
