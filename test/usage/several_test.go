package usage

import (
	"os"
	"os/exec"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/config"
)

// TestRecordsAndAccountsAgreeWithSeveralOperators is the same on PostgreSQL, which several operators can share. They have a
// control plane of their own.
func TestRecordsAndAccountsAgreeWithSeveralOperators(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.CommandContext(t.Context(), self, "-test.run=^TestRecordsAndAccountsAgreeAfterEverything$", "-test.v")
	again.Env = append(os.Environ(), storeVariable+"="+config.UsageStorePostgreSQL)
	output, err := again.CombinedOutput()
	t.Logf("%s", output)
	if err != nil {
		t.Fatal(err)
	}
}
