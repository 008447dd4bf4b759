package dashboard

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

const (
	samples          = "../../config/samples"
	samplesNamespace = "example-producer"
)

// openSamples applies what make run applies, and the session that it says to apply next. Nothing was recorded of these accounts
// but what was charged on them.
func openSamples(t *testing.T) *shop {
	t.Helper()
	kubectl(t, "apply", "--server-side", "-k", samples)
	if err := system.AddKeys(t.Context(), samplesNamespace); err != nil {
		t.Fatal(err)
	}
	kubectl(t, "wait", "--for=condition=Ready", "instances,lineitems,userprovisionings", "--all", "-n", samplesNamespace, "--timeout=60s")
	kubectl(t, "apply", "--server-side", "-f", filepath.Join(samples, "session.yaml"))
	kubectl(t, "wait", "--for=condition=Granted", "session/lisa-barry", "-n", samplesNamespace, "--timeout=60s")
	s := &shop{Producer: cluster.Producer{Cluster: shared, Namespace: samplesNamespace}, ids: map[string]string{}}
	cluster.Eventually(t, "the id of the instance", func(ctx context.Context) error {
		var instance v1alpha1.Instance
		if err := s.Read(ctx, cluster.InstanceName, &instance); err != nil {
			return err
		}
		if s.ids[cluster.InstanceName] = instance.Status.InstanceID; s.ids[cluster.InstanceName] == "" {
			return fmt.Errorf("it is not there yet")
		}
		return nil
	})
	return s
}

func kubectl(t *testing.T, args ...string) {
	t.Helper()
	if output, err := system.Kubectl(t.Context(), args...).CombinedOutput(); err != nil {
		t.Fatalf("kubectl %q: %v\n%s", args, err, output)
	}
}
