package embedded

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"

	"sigs.k8s.io/yaml"

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

// Replica is an operator process that serves the API at an address that it keeps when it is started again.
type Replica struct {
	URL string
	// UsageLog is a file with all its transactions.
	UsageLog string

	plane          *controlplane.ControlPlane
	health, config string

	mu      sync.Mutex
	process *controlplane.Operator
}

func (s *System) newReplica(path string) (*Replica, error) {
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	r := &Replica{
		URL: "http://" + ports[0], UsageLog: path + "-usage.jsonl",
		plane: s.ControlPlane, health: ports[1], config: path + ".yaml",
	}
	c := config.Default()
	c.Namespace = config.DefaultNamespace
	c.LeaderElection.Enabled = s.options.Replicas > 1
	c.Metrics.BindAddress, c.Health.BindAddress = "0", r.health
	c.UsageLog.Path = r.UsageLog
	c.Log.Format = config.FormatText
	c.REST.BindAddress, c.REST.DefaultNamespace = ports[0], Namespace
	c.REST.TLS.Mode = config.TLSDisabled
	// A conformance suite asks for more than any caller should.
	c.REST.RateLimit.RequestsPerSecond = 0
	c.Development.ChargePeriod = config.DurationOf(s.options.ChargePeriod)
	c.Development.IdleLimit = config.DurationOf(s.options.IdleLimit)
	if s.options.Change != nil {
		s.options.Change(&c)
	}
	text, err := yaml.Marshal(c)
	if err != nil {
		return nil, err
	}
	return r, os.WriteFile(r.config, text, 0o600)
}

// Start starts the process and returns at once. The end of the context does not end the process.
func (r *Replica) Start(ctx context.Context) error {
	process, err := r.plane.StartOperator(context.WithoutCancel(ctx), "--config", r.config)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.process = process
	return nil
}

// Process is the one started last.
func (r *Replica) Process() *controlplane.Operator {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.process
}

// AwaitReady waits until the replica would be sent requests.
func (r *Replica) AwaitReady(ctx context.Context) error {
	return await(ctx, r, "http://"+r.health+"/readyz", nil)
}

// Ready tells whether the replica is sent requests, by who looks at its readiness.
func (r *Replica) Ready(ctx context.Context) bool {
	return get(ctx, "http://"+r.health+"/readyz", nil) == nil
}

// Tail is the end of the process's log.
func (r *Replica) Tail() string {
	const shown = 4000
	content, err := os.ReadFile(r.Process().Log)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("the end of its log:\n%s", content[max(0, len(content)-shown):])
}

// freePorts are addresses that nobody listens on.
func freePorts(n int) (addresses []string, err error) {
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		// All are taken before the first is given back, so that they differ.
		defer func() { _ = listener.Close() }()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}
