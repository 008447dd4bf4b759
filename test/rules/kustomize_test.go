package rules

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func TestKustomizationsListFilesThatExist(t *testing.T) {
	for _, path := range glob(t, filepath.Join(root, "config/monitoring/*/kustomization.yaml")) {
		var component struct {
			Kind       string   `json:"kind"`
			Resources  []string `json:"resources"`
			Generators []struct {
				Files []string `json:"files"`
			} `json:"configMapGenerator"`
		}
		decode(t, strings.TrimPrefix(path, root), &component)
		if component.Kind != "Component" {
			t.Errorf("%s: the kind is %q, want Component", path, component.Kind)
		}
		files := component.Resources
		for _, generator := range component.Generators {
			files = append(files, generator.Files...)
		}
		if len(files) == 0 {
			t.Errorf("%s: lists nothing", path)
		}
		for _, file := range files {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), file)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// object is one that is applied, as far as it matters here.
type object struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name      string            `json:"name"`
		Namespace string            `json:"namespace"`
		Labels    map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec     json.RawMessage `json:"spec"`
	Subjects []struct {
		Kind      string `json:"kind"`
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"subjects"`
}

// overlay is what the documentation prints.
func overlay(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs/tasks/monitor.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	text, _, found := strings.Cut(rest, "```\n")
	if !found || !strings.Contains(text, "kind: Kustomization\n") {
		t.Fatalf("the first example of the page is no overlay:\n%s", text)
	}
	return text
}

// build makes an overlay beside config, and gives what is applied by it.
func build(t *testing.T, overlay string) (objects []object) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "config"), os.DirFS(filepath.Join(root, "config"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "kustomization.yaml"), []byte(overlay), 0o600); err != nil {
		t.Fatal(err)
	}
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		kubectl = filepath.Join(root, "bin", "k8s", "kubectl")
	}
	output, err := exec.CommandContext(t.Context(), kubectl, "kustomize", path).Output()
	if err != nil {
		t.Fatalf("kubectl is needed, run make kubectl: kustomize: %v\n%s", err, stderr(err))
	}
	for _, document := range strings.Split(string(output), "\n---\n") {
		var next object
		if err := yaml.Unmarshal([]byte(document), &next); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, next)
	}
	return objects
}

func stderr(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return ""
}

// only gives the one object of a kind that has the labels.
func only(t *testing.T, objects []object, kind string, labels map[string]string) object {
	t.Helper()
	var found []object
next:
	for _, candidate := range objects {
		for label, value := range labels {
			if candidate.Metadata.Labels[label] != value {
				continue next
			}
		}
		if candidate.Kind == kind {
			found = append(found, candidate)
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d objects of the kind %s with the labels %v, want one", len(found), kind, labels)
	}
	return found[0]
}

func into(t *testing.T, of object, spec any) {
	t.Helper()
	if err := json.Unmarshal(of.Spec, spec); err != nil {
		t.Fatalf("%s %s: %v", of.Kind, of.Metadata.Name, err)
	}
}

// overlays are the one of the documentation, and those that a reader makes of it.
func overlays(t *testing.T) map[string]string {
	t.Helper()
	printed := overlay(t)
	return map[string]string{
		"as printed":           printed,
		"in another namespace": printed + "namespace: elsewhere\n",
		"with PostgreSQL":      strings.Replace(printed, "config/default", "config/postgresql", 1),
	}
}

// Of another Service of the operator, each replica would be scraped twice; of none, it would count as down.
func TestTheServiceMonitorFindsOneService(t *testing.T) {
	for name, overlay := range overlays(t) {
		t.Run(name, func(t *testing.T) {
			objects := build(t, overlay)
			var monitor struct {
				Selector struct {
					MatchLabels map[string]string `json:"matchLabels"`
				} `json:"selector"`
				Namespaces map[string]any `json:"namespaceSelector"`
				Endpoints  []struct {
					Port string `json:"port"`
				} `json:"endpoints"`
			}
			of := only(t, objects, "ServiceMonitor", nil)
			into(t, of, &monitor)
			service := only(t, objects, "Service", monitor.Selector.MatchLabels)
			if monitor.Namespaces != nil || of.Metadata.Namespace != service.Metadata.Namespace {
				t.Errorf("it is in the namespace %q and selects namespaces %v, the Service is in %q", of.Metadata.Namespace, monitor.Namespaces, service.Metadata.Namespace)
			}
			var ports struct {
				Ports []struct {
					Name       string `json:"name"`
					TargetPort string `json:"targetPort"`
				} `json:"ports"`
			}
			into(t, service, &ports)
			found, want := map[string]string{}, map[string]string{}
			for _, port := range ports.Ports {
				found[port.Name] = port.TargetPort
			}
			for _, endpoint := range monitor.Endpoints {
				want[endpoint.Port] = "metrics"
			}
			if diff := cmp.Diff(want, found); diff != "" {
				t.Errorf("ports (-want +found)\n%s", diff)
			}
		})
	}
}

func TestEverythingIsInTheNamespaceOfTheOperator(t *testing.T) {
	for name, overlay := range overlays(t) {
		t.Run(name, func(t *testing.T) {
			objects := build(t, overlay)
			namespace := only(t, objects, "Namespace", nil).Metadata.Name
			for kind, labels := range map[string]map[string]string{
				"Deployment": nil, "ServiceAccount": nil, "ServiceMonitor": nil, "PrometheusRule": nil,
				"ConfigMap": {"grafana_dashboard": "1"},
			} {
				if found := only(t, objects, kind, labels); found.Metadata.Namespace != namespace {
					t.Errorf("the %s is in the namespace %q, want %q", kind, found.Metadata.Namespace, namespace)
				}
			}
			account := only(t, objects, "ServiceAccount", nil).Metadata.Name
			bound := 0
			for _, binding := range objects {
				for _, subject := range binding.Subjects {
					if subject.Kind != "ServiceAccount" || subject.Name != account {
						continue
					}
					if bound++; subject.Namespace != namespace {
						t.Errorf("%s %s is for the ServiceAccount in the namespace %q, want %q", binding.Kind, binding.Metadata.Name, subject.Namespace, namespace)
					}
				}
			}
			if bound == 0 {
				t.Error("the operator has no rights")
			}
		})
	}
}
