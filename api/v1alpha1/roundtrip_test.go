package v1alpha1_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"sigs.k8s.io/yaml"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// Nothing declared and an empty list are two different things to a session: the
// one leaves the session to calls, the other halts it.
func TestRequestedItemsKeepTheirAbsence(t *testing.T) {
	cases := map[string]struct {
		spec string
		nil  bool
	}{
		"nothing is declared": {`{"instanceRef":{"name":"i"},"requester":{"type":"user","value":"u"}}`, true},
		"the session halts":   {`{"instanceRef":{"name":"i"},"requester":{"type":"user","value":"u"},"requestedItems":[]}`, false},
		"an item is wanted":   {`{"instanceRef":{"name":"i"},"requester":{"type":"user","value":"u"},"requestedItems":[{"item":"a","count":1}]}`, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var spec v1alpha1.SessionSpec
			if err := json.Unmarshal([]byte(tc.spec), &spec); err != nil {
				t.Fatal(err)
			}
			copied := spec.DeepCopy()
			if got := copied.RequestedItems == nil; got != tc.nil {
				t.Errorf("requestedItems is absent: %t, want %t", got, tc.nil)
			}
			out, err := json.Marshal(copied)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.spec, string(out)); diff != "" {
				t.Errorf("the spec is written differently (-want +got):\n%s", diff)
			}
			converted, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&v1alpha1.Session{Spec: spec})
			if err != nil {
				t.Fatal(err)
			}
			if _, present := converted["spec"].(map[string]any)["requestedItems"]; present == tc.nil {
				t.Errorf("the converter writes requestedItems: %t, want %t", present, !tc.nil)
			}
		})
	}
}

// What a person wrote is what a program writes back: no default, no lost field,
// no number in another form.
func TestSamplesSurviveGo(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	strict := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	files, err := filepath.Glob(filepath.Join("..", "..", "config", "samples", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range bytes.Split(content, []byte("\n---\n")) {
			want := &unstructured.Unstructured{}
			if err := yaml.Unmarshal(document, &want.Object); err != nil {
				t.Fatal(err)
			}
			if want.GroupVersionKind().GroupVersion() != v1alpha1.GroupVersion {
				continue
			}
			read++
			typed, _, err := strict.Decode(document, nil, nil)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			written, err := json.Marshal(typed)
			if err != nil {
				t.Fatal(err)
			}
			got := &unstructured.Unstructured{}
			if err := json.Unmarshal(written, &got.Object); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.Object, got.Object); diff != "" {
				t.Errorf("%s %s: written differently (-want +got):\n%s", want.GetKind(), want.GetName(), diff)
			}
		}
	}
	if read < 10 {
		t.Errorf("read %d objects, want all samples", read)
	}
}
