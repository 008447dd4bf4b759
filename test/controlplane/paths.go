package controlplane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

const (
	modulePath = "github.com/licensing-operator/licensing-operator"

	// Set by make, which builds the binary before it starts what uses it.
	operatorBinaryVariable = "LICENSING_OPERATOR_BINARY"

	// envtest's own variable; it gives this one precedence by itself.
	assetsVariable = "KUBEBUILDER_ASSETS"
)

// repositoryRoot finds the module of this repository upwards of the working directory: a test runs in its package's.
func repositoryRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(content, []byte("module "+modulePath+"\n")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no module %s at or above %s", modulePath, start)
		}
	}
}

func assetsDirectory(root string) (string, error) {
	dir := os.Getenv(assetsVariable)
	if dir == "" {
		dir = filepath.Join(root, "bin", "k8s")
	}
	for _, binary := range []string{"etcd", "kube-apiserver"} {
		if _, err := os.Stat(filepath.Join(dir, binary)); err != nil {
			return "", fmt.Errorf("run make controlplane, or set %s: %w", assetsVariable, err)
		}
	}
	return dir, nil
}

// Kubectl is a kubectl command against this control plane, from PATH or else from where make has built it.
func (c *ControlPlane) Kubectl(ctx context.Context, args ...string) *exec.Cmd {
	path, err := exec.LookPath("kubectl")
	if err != nil {
		path = filepath.Join(c.root, "bin", "k8s", "kubectl")
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig)
	return cmd
}

// operatorBinary builds the operator, once in the life of a process, unless LICENSING_OPERATOR_BINARY names one. A go test
// of a single package thereby never runs an operator older than the code it was started in.
var operatorBinary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(operatorBinaryVariable); path != "" {
		return path, nil
	}
	root, err := repositoryRoot()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, "bin", "licensing-operator")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", path, ".")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("build the operator: %w", err), errors.New(string(output)))
	}
	return path, nil
})
