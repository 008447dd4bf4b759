package controlplane

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"
)

// Install installs the CRDs and the admission policies of this repository and returns when the CRDs are served. A policy
// is enforced a moment later than its object exists.
func (c *ControlPlane) Install(ctx context.Context) error {
	crds := envtest.CRDInstallOptions{
		Paths:              []string{filepath.Join(c.root, "config", "crd", "bases")},
		ErrorIfPathMissing: true,
		MaxTime:            processTimeout,
	}
	if _, err := envtest.InstallCRDs(c.Config, crds); err != nil {
		return fmt.Errorf("install CRDs: %w", err)
	}
	err := c.Apply(ctx, filepath.Join(c.root, "config", "policy"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Apply applies every object in a file, or in the files of a directory, by server-side apply. A kustomization among them
// is left out: it describes the files and is none itself.
func (c *ControlPlane) Apply(ctx context.Context, path string) error {
	cl, err := client.New(c.Config, client.Options{})
	if err != nil {
		return err
	}
	files, err := manifests(path)
	if err != nil {
		return err
	}
	for _, file := range files {
		objects, err := readObjects(file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for _, o := range objects {
			apply := client.ApplyConfigurationFromUnstructured(o)
			if err := cl.Apply(ctx, apply, client.FieldOwner("controlplane"), client.ForceOwnership); err != nil {
				return fmt.Errorf("apply %s %s: %w", o.GetKind(), o.GetName(), err)
			}
		}
	}
	return nil
}

func manifests(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".yaml" && e.Name() != "kustomization.yaml" {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	return files, nil
}

func readObjects(file string) ([]*unstructured.Unstructured, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			return nil, err
		}
		// A document of comments alone is empty.
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}
