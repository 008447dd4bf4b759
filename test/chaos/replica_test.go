package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

// lease is what the replicas elect their leader with: short, so that a test need not wait long for the next one.
const (
	lease         = 3 * time.Second
	configuration = `
apiVersion: config.licensing-operator.dev/v1alpha1
kind: OperatorConfiguration
namespace: ` + cluster.OperatorNamespace + `
leaderElection: {enabled: true, leaseDuration: 3s, renewDeadline: 2s, retryPeriod: 500ms}
metrics: {bindAddress: "0"}
health: {bindAddress: "0"}
rest: {bindAddress: "0"}
`
)

// replica is an operator that is started again whenever it ended, as the kubelet does.
type replica struct {
	arguments []string

	mu      sync.Mutex
	process *controlplane.Operator
	down    bool
}

// replicas are two replicas of one operator, until the test ends.
type replicas []*replica

func startReplicas(t *testing.T, furtherConfiguration string) replicas {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(configuration+furtherConfiguration), 0o600); err != nil {
		t.Fatal(err)
	}
	var all replicas
	usageLogs = nil
	for _, name := range []string{"a", "b"} {
		usageLog := filepath.Join(dir, "usage-"+name+".jsonl")
		usageLogs = append(usageLogs, usageLog)
		r := &replica{arguments: []string{"--config=" + path, "--usage-log=" + usageLog}}
		r.start(t)
		all = append(all, r)
	}
	t.Cleanup(func() {
		all.stop(t)
		if t.Failed() {
			for _, r := range all {
				t.Logf("last log of a replica:\n%s", tail(r.process.Log))
			}
		}
	})
	return all
}

func tail(path string) []byte {
	content, _ := os.ReadFile(path)
	return content[max(0, len(content)-4000):]
}

// start starts the process, and again whenever it ends.
func (r *replica) start(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = false
	if err := r.launch(); err != nil {
		t.Fatal(err)
	}
}

// launch wants the lock.
func (r *replica) launch() error {
	process, err := plane.StartOperator(context.Background(), r.arguments...)
	if err != nil {
		return err
	}
	r.process = process
	go func() {
		<-process.Done()
		r.mu.Lock()
		defer r.mu.Unlock()
		if !r.down && r.process == process {
			_ = r.launch() // without the process the test fails by what does not happen
		}
	}()
	return nil
}

// stop kills the process for good.
func (r *replica) stop() error {
	r.mu.Lock()
	r.down = true
	process := r.process
	r.mu.Unlock()
	return errors.Join(process.Resume(), process.Kill())
}

func (all replicas) stop(t *testing.T) {
	t.Helper()
	for _, r := range all {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	}
}

func (r *replica) current() *controlplane.Operator {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.process
}

// leads tells whether the process believes that it leads: it has won the election, and would end if it lost it.
func leads(process *controlplane.Operator) bool {
	select {
	case <-process.Done():
		return false
	default:
	}
	content, err := os.ReadFile(process.Log)
	return err == nil && bytes.Contains(content, []byte("uccessfully acquired lease"))
}

// leader waits for a process that leads, other than the given one.
func (all replicas) leader(t *testing.T, other *controlplane.Operator) *controlplane.Operator {
	t.Helper()
	var leader *controlplane.Operator
	cluster.Eventually(t, "a leader", func(context.Context) error {
		for _, r := range all {
			if process := r.current(); process != other && leads(process) {
				leader = process
				return nil
			}
		}
		return fmt.Errorf("nobody has won the election, see %s and %s", all[0].current().Log, all[1].current().Log)
	})
	return leader
}
