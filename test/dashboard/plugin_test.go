package dashboard

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// buildPlugin gives a directory with kubectl licensing, which the page prints a command of.
func buildPlugin(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", filepath.Join(directory, "kubectl-licensing"), ".")
	build.Dir = filepath.Join("..", "..", "cmd", "kubectl-licensing")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the plugin: %v\n%s", err, output)
	}
	return directory
}

// shellEnvironment lets a shell run the commands that the page prints: with kubectl, the plugin, and an administrator's kubeconfig.
func shellEnvironment(t *testing.T) []string {
	t.Helper()
	kubectl := system.Kubectl(t.Context())
	path := strings.Join([]string{buildPlugin(t), filepath.Dir(kubectl.Path), os.Getenv("PATH")}, string(os.PathListSeparator))
	return []string{"PATH=" + path, "KUBECONFIG=" + system.Kubeconfig}
}
