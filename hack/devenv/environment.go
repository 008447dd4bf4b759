package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

const (
	readyTimeout = 90 * time.Second
	stopTimeout  = 40 * time.Second
	// This much of a log tells why the operator ended.
	logTail = 4000
)

type options struct {
	dataDir string
	// chargePeriod is the development charge period; zero is that of production.
	chargePeriod time.Duration
}

// environment is a control plane with an operator that is ready.
type environment struct {
	*controlplane.ControlPlane
	operator *controlplane.Operator
	// metrics is the address of the operator's metrics.
	metrics string
	// rest is the address of the REST API, restVariables a file with what a shell needs to use it.
	rest, restVariables string
	usageLog            string
}

func start(ctx context.Context, o options) (_ *environment, err error) {
	fmt.Println("Starting etcd and kube-apiserver, installing the CRDs and policies ...")
	e := &environment{}
	if e.ControlPlane, err = controlplane.Start(ctx, controlplane.Options{Dir: o.dataDir, Install: true}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Stop())
		}
	}()
	if err := e.Apply(ctx, filepath.Join("config", "namespace")); err != nil {
		return nil, err
	}
	fmt.Println("Starting the operator ...")
	file, health, err := e.configure(o)
	if err != nil {
		return nil, err
	}
	// It is ended by stop, in good order, and not when the context ends.
	if e.operator, err = e.StartOperator(context.WithoutCancel(ctx), "--config", file); err != nil {
		return nil, err
	}
	return e, e.awaitReady(ctx, "http://"+health+"/readyz")
}

// configure writes the operator's configuration file. It differs from that of a cluster where there is no other replica,
// no Prometheus and no hour to wait.
func (e *environment) configure(o options) (file, health string, err error) {
	ports, err := freePorts(3)
	if err != nil {
		return "", "", err
	}
	e.metrics, health, e.rest = ports[0], ports[1], ports[2]
	e.usageLog = filepath.Join(e.Dir, "usage.jsonl")
	c := config.Default()
	c.Namespace = config.DefaultNamespace
	c.LeaderElection.Enabled = false
	c.Metrics.BindAddress, c.Metrics.Secure = e.metrics, false
	c.Health.BindAddress = health
	c.REST.BindAddress, c.REST.TLS.Mode, c.REST.DefaultNamespace = e.rest, config.TLSDisabled, sampleNamespace
	c.REST.DrainDelay = config.DurationOf(0)
	c.UsageLog.Path = e.usageLog
	c.Usage.Store.SQLite.Path = filepath.Join(e.Dir, "usage.db")
	c.Log.Format = config.FormatText
	c.Development.ChargePeriod = config.DurationOf(o.chargePeriod)
	text, err := yaml.Marshal(c)
	if err != nil {
		return "", "", err
	}
	file = filepath.Join(e.Dir, "operator.yaml")
	return file, health, os.WriteFile(file, text, 0o600)
}

// freePorts are addresses that nobody listens on.
func freePorts(n int) ([]string, error) {
	var addresses []string
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

func (e *environment) awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for {
		if err := probe(ctx, url); err == nil {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-e.operator.Done():
			return e.ended()
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("the operator is not ready: %w", context.Cause(ctx)), e.tail())
		}
	}
}

func probe(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

// ended says why the operator ended although nobody asked it to.
func (e *environment) ended() error {
	return errors.Join(fmt.Errorf("the operator has ended: %w", errors.Join(errors.New("unexpectedly"), e.operator.Err())), e.tail())
}

func (e *environment) tail() error {
	log, err := os.ReadFile(e.operator.Log)
	if err != nil {
		return err
	}
	if len(log) > logTail {
		log = log[len(log)-logTail:]
		log = log[bytes.IndexByte(log, '\n')+1:]
	}
	return fmt.Errorf("the end of its log:\n%s", log)
}

// terminate ends the operator as Kubernetes would.
func (e *environment) terminate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return e.operator.Terminate(ctx)
}

// stop ends the operator, which finishes its work, and then the control plane.
func (e *environment) stop(ctx context.Context) error {
	return errors.Join(e.terminate(ctx), e.Stop())
}
