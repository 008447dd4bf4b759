// Package controlplane runs a real Kubernetes API on this machine, etcd and kube-apiserver, with the operator beside it as
// a process that can be killed. The development environment, the integration tests and the benchmark all use this one.
package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// On two busy cores kube-apiserver takes longer to start than envtest's 20 seconds.
const processTimeout = 90 * time.Second

// Options says how a control plane is brought up. The zero value is a durable one in a temporary directory.
type Options struct {
	// Dir holds etcd's data, certificates, the kubeconfig and all logs. A directory that has served before keeps its
	// data; ports and certificates are new. Without one, a temporary directory is used and removed by Stop.
	Dir string

	// Unsafe turns etcd's fsync off. Tests get faster by it; measurements would lie and a power cut would lose data.
	Unsafe bool

	// Install installs the CRDs and the admission policies of this repository.
	Install bool

	// APIServerFlags are flags of kube-apiserver, without dashes, beside those that envtest sets.
	APIServerFlags map[string]string
}

// ControlPlane is a running Kubernetes API.
type ControlPlane struct {
	// Config connects as a cluster administrator, without client-side throttling.
	Config *rest.Config

	// Kubeconfig is a file that says the same to kubectl and to the operator.
	Kubeconfig string

	// Dir is where data and logs are.
	Dir string

	env       *envtest.Environment
	root      string
	temporary bool
	logs      []*os.File

	mu        sync.Mutex
	operators []*Operator
}

// Start brings up etcd and kube-apiserver and returns when they serve. The binaries come from KUBEBUILDER_ASSETS or, when
// that is not set, from where make has built them.
func Start(ctx context.Context, opts Options) (*ControlPlane, error) {
	root, err := repositoryRoot()
	if err != nil {
		return nil, err
	}
	c := &ControlPlane{Dir: opts.Dir, root: root}
	if c.Dir == "" {
		if c.Dir, err = os.MkdirTemp("", "licensing-controlplane-"); err != nil {
			return nil, err
		}
		c.temporary = true
	}
	if err := c.start(ctx, opts); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *ControlPlane) start(ctx context.Context, opts Options) error {
	assets, err := assetsDirectory(c.root)
	if err != nil {
		return err
	}
	if err := c.configure(opts, assets); err != nil {
		return err
	}
	if c.Config, err = c.env.Start(); err != nil {
		// The logs say why, so that they are kept.
		c.temporary = false
		return fmt.Errorf("control plane, see the logs in %s: %w", c.Dir, err)
	}
	// A negative rate means none. Waiting in the client would hide what the server does under load.
	c.Config.QPS, c.Config.Burst = -1, -1
	if err := os.WriteFile(c.Kubeconfig, c.env.KubeConfig, 0o600); err != nil {
		return err
	}
	if opts.Install {
		return c.Install(ctx)
	}
	return ctx.Err()
}

func (c *ControlPlane) configure(opts Options, assets string) error {
	var err error
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return err
	}
	c.Kubeconfig = filepath.Join(c.Dir, "kubeconfig")

	data, certs := filepath.Join(c.Dir, "etcd"), filepath.Join(c.Dir, "certs")
	// envtest can read back neither the authority nor the keys of an earlier run, so that it has to make new ones.
	if err := os.RemoveAll(certs); err != nil {
		return err
	}
	for _, dir := range []string{data, certs} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	etcdLog, err := c.openLog("etcd")
	if err != nil {
		return err
	}
	apiServerLog, err := c.openLog("kube-apiserver")
	if err != nil {
		return err
	}

	etcd := &envtest.Etcd{DataDir: data, Out: etcdLog, Err: etcdLog}
	if !opts.Unsafe {
		etcd.Configure().Disable("unsafe-no-fsync")
	}
	apiServer := &envtest.APIServer{CertDir: certs, Out: apiServerLog, Err: apiServerLog}
	for flag, value := range opts.APIServerFlags {
		apiServer.Configure().Set(flag, value)
	}

	existing := false
	c.env = &envtest.Environment{
		BinaryAssetsDirectory:    assets,
		ControlPlane:             envtest.ControlPlane{Etcd: etcd, APIServer: apiServer},
		ControlPlaneStartTimeout: processTimeout,
		ControlPlaneStopTimeout:  processTimeout,
		// USE_EXISTING_CLUSTER must never send what runs here to somebody's real cluster.
		UseExistingCluster: &existing,
	}
	return nil
}

// Stop kills the operators that still run, stops the control plane and, if it was temporary, removes its directory.
func (c *ControlPlane) Stop() error {
	var errs []error
	c.mu.Lock()
	operators := c.operators
	c.mu.Unlock()
	for _, o := range operators {
		errs = append(errs, o.Kill())
	}
	if c.env != nil {
		errs = append(errs, c.env.Stop())
	}
	for _, f := range c.logs {
		errs = append(errs, f.Close())
	}
	c.logs = nil
	if c.temporary {
		errs = append(errs, os.RemoveAll(c.Dir))
	}
	return errors.Join(errs...)
}

func (c *ControlPlane) openLog(name string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(c.Dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	c.logs = append(c.logs, f)
	return f, nil
}
