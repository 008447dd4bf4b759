package namedusers

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// documentedIDs are those that the page about errors tells of.
var documentedIDs = sync.OnceValues(func() (map[int]bool, error) {
	page, err := os.ReadFile("../../../docs/reference/rest-v2-errors.md")
	if err != nil {
		return nil, err
	}
	ids := map[int]bool{}
	for line := range strings.Lines(string(page)) {
		column, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		for _, text := range idOfError.FindAllString(column, -1) {
			id, err := strconv.Atoi(text)
			if err != nil {
				return nil, err
			}
			ids[id] = true
		}
	}
	return ids, nil
})

var idOfError = regexp.MustCompile(`\b[0-9]{4,5}\b`)

// idOf is the id of a 409; 0 without one.
func idOf(text []byte) int {
	var conflict struct{ ID int }
	_ = json.Unmarshal(text, &conflict) // the description says what it has to be, and is asked elsewhere
	return conflict.ID
}
