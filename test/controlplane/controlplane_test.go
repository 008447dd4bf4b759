package controlplane

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// The test binary stands in for the operator when this is set: a process that does what its mode says.
const modeVariable = "CONTROLPLANE_TEST_MODE"

func TestMain(m *testing.M) {
	switch os.Getenv(modeVariable) {
	case "":
		os.Exit(m.Run())
	case "obeys":
		// Never unsubscribed: a second SIGTERM would then kill a process that is just ending as asked.
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		fmt.Println("started with", strings.Join(os.Args[1:], " "), "and", os.Getenv("KUBECONFIG"))
		<-asked
	case "ignores":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("started")
		time.Sleep(time.Hour)
	}
}

func start(t *testing.T, opts Options) *ControlPlane {
	t.Helper()
	c, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestControlPlane(t *testing.T) {
	t.Setenv(operatorBinaryVariable, os.Args[0])
	c := start(t, Options{Unsafe: true})
	client, err := kubernetes.NewForConfig(c.Config)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("the API server says which version it is", func(t *testing.T) {
		version, err := client.Discovery().ServerVersion()
		if err != nil {
			t.Fatal(err)
		}
		// The linker has to be told; a build that was not says v0.0.0.
		if !strings.HasPrefix(version.GitVersion, "v1.") || version.Major != "1" || version.Minor == "" {
			t.Errorf("version %q, major %q, minor %q", version.GitVersion, version.Major, version.Minor)
		}
		if assets, err := assetsDirectory(c.root); err != nil || assets != filepath.Join(c.root, "bin", "k8s") {
			return // somebody else's build
		}
		if got, want := version.GitVersion, pinnedVersion(t, c.root); got != want {
			t.Errorf("version %s, but hack/controlplane/go.mod says %s", got, want)
		}
	})

	t.Run("objects and clients outlive a restart of the API server", func(t *testing.T) {
		configMaps := client.CoreV1().ConfigMaps("default")
		created, err := configMaps.Create(t.Context(),
			&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kept"}, Data: map[string]string{"tokens": "29.333333"}},
			metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}

		if err := c.StopAPIServer(); err != nil {
			t.Fatal(err)
		}
		if _, err := configMaps.Get(t.Context(), "kept", metav1.GetOptions{}); err == nil {
			t.Error("a stopped API server answered")
		}
		if err := c.StartAPIServer(); err != nil {
			t.Fatal(err)
		}

		got, err := configMaps.Get(t.Context(), "kept", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(created, got); diff != "" {
			t.Errorf("object after the restart (-before +after):\n%s", diff)
		}
		if err := c.RestartAPIServer(); err != nil {
			t.Errorf("a second restart: %v", err)
		}
	})

	t.Run("a file with several objects is applied, and again without a change", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "objects.yaml")
		content := "# two of them\n---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: producer\n---\n" +
			"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: rates\n  namespace: producer\ndata:\n  a: b\n"
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var versions []string
		for range 2 {
			if err := c.Apply(t.Context(), file); err != nil {
				t.Fatal(err)
			}
			got, err := client.CoreV1().ConfigMaps("producer").Get(t.Context(), "rates", metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			versions = append(versions, got.ResourceVersion)
		}
		if versions[0] != versions[1] {
			t.Errorf("applying again changed resourceVersion %s to %s", versions[0], versions[1])
		}
	})

	t.Run("kubectl reaches the API server", func(t *testing.T) {
		output, err := c.Kubectl(t.Context(), "get", "namespace", "default", "-o", "name").CombinedOutput()
		if err != nil || string(output) != "namespace/default\n" {
			t.Errorf("kubectl said %q, %v", output, err)
		}
	})

	t.Run("an operator is given its arguments and the kubeconfig and ends when asked", func(t *testing.T) {
		o := startOperator(t, c, "obeys", "--leader-elect")
		if err := o.Terminate(t.Context()); err != nil {
			t.Errorf("terminate: %v", err)
		}
		if got, want := readLog(t, o), "started with --leader-elect and "+c.Kubeconfig+"\n"; got != want {
			t.Errorf("log %q, want %q", got, want)
		}
	})

	t.Run("an operator that does not end is reported, and killed", func(t *testing.T) {
		o := startOperator(t, c, "ignores")
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := o.Terminate(ctx); err == nil {
			t.Error("terminate said that it had ended")
		}
		if err := o.Kill(); err != nil {
			t.Errorf("kill: %v", err)
		}
		if o.Err() == nil {
			t.Error("a killed process has no error")
		}
		if err := o.Kill(); err != nil {
			t.Errorf("killing the dead: %v", err)
		}
	})

	t.Run("a paused operator ends only when resumed", func(t *testing.T) {
		o := startOperator(t, c, "obeys")
		if err := o.Pause(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := o.Terminate(ctx); err == nil {
			t.Error("a paused process ended")
		}
		if err := o.Resume(); err != nil {
			t.Fatal(err)
		}
		if err := o.Terminate(t.Context()); err != nil {
			t.Errorf("terminate after resume: %v", err)
		}
	})
}

func TestControlPlaneKeepsTheDataOfItsDirectory(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"first", "second"} {
		c, err := Start(t.Context(), Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		client, err := kubernetes.NewForConfig(c.Config)
		if err != nil {
			t.Fatal(err)
		}
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := client.CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{}); err != nil {
			t.Error(err)
		}
		if _, err := client.CoreV1().Namespaces().Get(t.Context(), "first", metav1.GetOptions{}); err != nil {
			t.Errorf("run %d: %v", i+1, err)
		}
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	}
}

func pinnedVersion(t *testing.T, root string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "hack", "controlplane", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	module, err := modfile.ParseLax("go.mod", content, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range module.Require {
		if r.Mod.Path == "k8s.io/kubernetes" {
			return r.Mod.Version
		}
	}
	t.Fatal("hack/controlplane/go.mod requires no k8s.io/kubernetes")
	return ""
}

func startOperator(t *testing.T, c *ControlPlane, mode string, args ...string) *Operator {
	t.Helper()
	t.Setenv(modeVariable, mode)
	o, err := c.StartOperator(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	// It answers signals as its mode says only once it has come so far.
	for readLog(t, o) == "" {
		select {
		case <-o.Done():
			t.Fatalf("ended: %v", o.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return o
}

func readLog(t *testing.T, o *Operator) string {
	t.Helper()
	content, err := os.ReadFile(o.Log)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
