package namedusers

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
)

// sameProcess checks that the operator has not ended meanwhile, and answers.
func sameProcess(t *testing.T, pid int) {
	process := system.Replicas[0].Process()
	select {
	case <-process.Done():
		t.Fatalf("the operator has ended: %v\n%s", process.Err(), system.Replicas[0].Tail())
	default:
	}
	if process.PID() != pid {
		t.Errorf("process %d serves, it was %d", process.PID(), pid)
	}
	if !system.Replicas[0].Ready(t.Context()) {
		t.Errorf("the operator is not ready")
	}
	a := &attacker{Rand: dice("afterwards")}
	defer a.connection.close()
	for range 3 {
		if e := a.call(t, "GET", "/templates", ""); e == nil || e.Status != http.StatusOK {
			t.Errorf("want 200\n%s", e)
		}
	}
}

var accident = regexp.MustCompile(`(?i)panic|goroutine [0-9]|unhandled|runtime error|level=ERROR|DATA RACE`)

// quietLog checks that the operator wrote of nothing that must not happen.
func quietLog(t *testing.T) {
	content, err := os.ReadFile(system.Replicas[0].Process().Log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), "Starting the licensing operator") {
		t.Fatalf("this is not the log of an operator:\n%.1000s", content)
	}
	const shown = 10
	found := 0
	for line := range strings.Lines(string(content)) {
		if accident.MatchString(line) {
			if found++; found <= shown {
				t.Errorf("%.2000s", line)
			}
		}
	}
}

// addsUp checks every invariant of the ledger on the accounts of all customers, and that balances are what objects show.
func addsUp(t *testing.T) {
	a := &attacker{Rand: dice("adds up")}
	defer a.connection.close()
	compared := 0
	for _, k := range kits {
		for _, l := range k {
			if a.balanced(t, l) {
				compared++
			}
			account := ledger.AccountID{Namespace: embedded.UsersNamespace, Name: l.CustomerNumber}
			shared.CheckInvariants(t, cluster.Scenario{Account: account, Recorded: func() ([]*ledger.Transaction, error) { return system.Recorded(account) }})
		}
	}
	if compared == 0 {
		t.Error("no license is left whose balance could be compared")
	}
}

// balanced waits until as many objects show a unit of what users hold as clients are told. It tells whether there is
// such a limitation still.
func (a *attacker) balanced(t *testing.T, l *license) (compared bool) {
	t.Helper()
	cluster.Eventually(t, "license "+l.LicenseID+" to be balanced", func(ctx context.Context) error {
		told := a.call(t, "GET", "/licenses/"+l.LicenseID+"/consumption/balance", "")
		if told == nil || told.Status == http.StatusNotFound {
			return nil // it was deleted
		}
		var users v1alpha1.UserProvisioningList
		err := shared.Client.List(ctx, &users, client.InNamespace(embedded.UsersNamespace), client.MatchingFields{"spec.lineItemRef.name": "license-" + l.LicenseID})
		if err != nil {
			return err
		}
		held := 0
		for i := range users.Items {
			for _, holding := range users.Items[i].Status.Holdings {
				if holding.LimitationID == l.Limitations[0].ID {
					held++
				}
			}
		}
		for _, balance := range told.list() {
			if balance["limitation_id"] != l.Limitations[0].ID {
				continue
			}
			compared = true
			if fmt.Sprint(balance["balance"]) != fmt.Sprint(held) {
				return fmt.Errorf("the balance is %v, and %d users hold a unit", balance["balance"], held)
			}
		}
		return nil
	})
	return compared
}
