package namedusers

import (
	"net/http"
	"slices"
	"testing"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// attacks are the ways in which each operation is attacked.
var attacks = []struct {
	name string
	run  func(a *attacker, t *testing.T, o *attack.Operation, l *license)
}{
	{"generated", (*attacker).generated},
	{"callers", (*attacker).everyCaller},
	{"nonces", (*attacker).everyNonce},
	{"texts in a body", (*attacker).textsInBody},
	{"objects", (*attacker).objects},
	{"bodies", (*attacker).wholeBodies},
	{"parameters", (*attacker).parameters},
	{"methods", (*attacker).methods},
	{"paths", (*attacker).paths},
	{"headers of clients", (*attacker).headers},
}

// TestStorm attacks every operation in every way, some at once, and looks at what is left.
func TestStorm(t *testing.T) {
	t.Logf("%s=%d", seedVariable, seed)
	process := system.Replicas[0].Process().PID()
	t.Run("storm", func(t *testing.T) {
		for _, o := range inOrder() {
			t.Run(o.Described.OperationID, func(t *testing.T) {
				t.Parallel()
				a := &attacker{Rand: dice(o.Described.OperationID)}
				defer func() { a.connection.close() }()
				if wearing(o) {
					a.kit = a.newKit(t, consumables)
				} else {
					a.kit = a.take(t)
					defer func() { spare <- a.kit }()
				}
				for _, way := range attacks {
					a.Rand = dice(o.Described.OperationID + way.name)
					way.run(a, t, o, pick(a, a.kit))
				}
			})
		}
	})
	t.Run("afterwards", func(t *testing.T) {
		t.Run("every operation was reached", reachesEverything)
		t.Run("the process is the same", func(t *testing.T) { sameProcess(t, process) })
		t.Run("the log tells of no accident", quietLog)
		t.Run("the ledger adds up", addsUp)
	})
}

// inOrder are the operations, first those with short paths: some list all that there is, and there is little then.
func inOrder() (all []*attack.Operation) {
	for i := range operations {
		all = append(all, &operations[i])
	}
	slices.SortStableFunc(all, func(a, b *attack.Operation) int { return len(a.Path) - len(b.Path) })
	return all
}

// spare are kits that nobody attacks now.
var spare = make(chan kit, 64)

func (a *attacker) take(t *testing.T) kit {
	t.Helper()
	select {
	case k := <-spare:
		return k
	default:
		return a.newKit(t, len(kinds))
	}
}

// wearing tells whether a kit is not what it was after the operation was attacked: what it had is gone, or changed.
func wearing(o *attack.Operation) bool {
	return o.Method == http.MethodDelete || slices.Contains([]string{
		"updateLicense", "updateLicenseById", "updateTemplate", "updateTemplateById", "updateLicenseUser", "updateLicenseUserGroup", "bulkDeleteLicenseUsers",
		"rollbackConsumptionHeartbeat", "unassignToken", "closeSession", "closeOpenSessions", "toggleLicense", "toggleLicenseState",
	}, o.Described.OperationID)
}
