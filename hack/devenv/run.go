package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	samples         = "config/samples"
	sampleNamespace = "example-producer"
	// The kinds that a producer publishes, as kubectl wants them. Sessions are not published but claimed.
	publishedKinds = "ratetables,instances,products,editions,lineitems,userprovisionings,activations,accesskeys,apikeys,tenantconfigurations"
)

// run brings everything up with the samples, says what to type and shows events until the context ends.
func run(ctx context.Context, o options) (err error) {
	e, err := start(ctx, o)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() {
		fmt.Println("\nStopping ...")
		err = errors.Join(interrupted(ctx, err), e.stop(ctx))
	}()
	if err := e.publish(ctx); err != nil {
		return err
	}
	if err := e.openREST(ctx); err != nil {
		return err
	}
	e.sayWhatNext(ctx)
	cmd := e.Kubectl(ctx, "events", "--all-namespaces", "--watch")
	// Ctrl-C in a terminal reaches kubectl too; that is how this is meant to end.
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-e.operator.Done():
		err = e.ended()
		_ = cmd.Process.Kill() // it has nothing more to show
	}
	_ = cmd.Wait() // it was ended by a signal, whoever sent that
	return err
}

// publish applies what a producer would, and waits until all of it is ready.
func (e *environment) publish(ctx context.Context) error {
	if err := e.show(ctx, "apply", "--server-side", "-k", samples); err != nil {
		return err
	}
	return e.show(ctx, "wait", "--for=condition=Ready", publishedKinds, "--all", "-n", sampleNamespace, "--timeout=60s")
}

func (e *environment) sayWhatNext(ctx context.Context) {
	fmt.Printf(`
A Kubernetes API with the operator and the samples is running. In another terminal, in this directory:

  export KUBECONFIG=%s
%s
  kubectl get licensing -A
  kubectl apply -f %[3]s/session.yaml
  kubectl wait --for=condition=Granted -n %[4]s session/lisa-barry
  kubectl describe session -n %[4]s lisa-barry
  kubectl patch session -n %[4]s lisa-barry --type=merge \
    -p "{\"spec\":{\"heartbeatTime\":\"$(date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ)\"}}"
  kubectl get lineitem -n %[4]s act01-elastic -o wide
  kubectl delete session -n %[4]s lisa-barry
  kubectl explain session.spec
%[8]s
Operator log: %[5]s
Usage log:    %[6]s
Metrics:      http://%[7]s/metrics

Events follow. Ctrl-C stops everything.

`, e.Kubeconfig, e.pathToKubectl(ctx), samples, sampleNamespace, e.operator.Log, e.usageLog, e.metrics,
		fmt.Sprintf(tour, e.restVariables, e.rest)+fmt.Sprintf(usersTour, sampleNamespace, namedUserLicense))
}

// pathToKubectl is a line that makes kubectl known to a shell that has none.
func (e *environment) pathToKubectl(ctx context.Context) string {
	if _, err := exec.LookPath("kubectl"); err == nil {
		return ""
	}
	return fmt.Sprintf("  export PATH=%s:$PATH\n", filepath.Dir(e.Kubectl(ctx).Path))
}

// interrupted is nothing to complain about when somebody pressed Ctrl-C.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
