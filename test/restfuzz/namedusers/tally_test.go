package namedusers

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

var (
	tallyMutex sync.Mutex
	// tally counts the answers of each operation by status; those to what is no operation are under "none".
	tally = map[string]map[int]int{}
	// kits are all that were made.
	kits []kit
)

func count(e *exchange) {
	name := "none"
	if e.operation != nil {
		name = e.operation.Described.OperationID
	}
	tallyMutex.Lock()
	defer tallyMutex.Unlock()
	if tally[name] == nil {
		tally[name] = map[int]int{}
	}
	tally[name][e.Status]++
}

func keep(made kit) {
	tallyMutex.Lock()
	defer tallyMutex.Unlock()
	kits = append(kits, made)
}

// reachesEverything checks that each operation has granted something and refused something: the attack hit it.
func reachesEverything(t *testing.T) {
	tallyMutex.Lock()
	defer tallyMutex.Unlock()
	total := 0
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(tally)) {
		sum := 0
		var statuses []string
		for _, status := range slices.Sorted(maps.Keys(tally[name])) {
			sum += tally[name][status]
			statuses = append(statuses, fmt.Sprintf("%d: %d", status, tally[name][status]))
		}
		total += sum
		lines = append(lines, fmt.Sprintf("%-32s %5d  %s", name, sum, strings.Join(statuses, ", ")))
	}
	t.Logf("%d requests, %d kits\n%s", total, len(kits), strings.Join(lines, "\n"))
	for _, o := range operations {
		if answers := tally[o.Described.OperationID]; answers[200] == 0 || answers[401] == 0 || answers[400] == 0 {
			t.Errorf("%s has answered %v: want 200, 400 and 401 among them", o.Described.OperationID, answers)
		}
	}
}
