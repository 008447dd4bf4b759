package server

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/openapi"
)

// A counter that begins with the first panic of an operation never rises, and raises no alert.
func TestTheObserverKnowsAllOperationsBeforeTheFirstRequest(t *testing.T) {
	w := newWorld(t)
	var err error
	w.options.Contract, err = NewContract(map[Version][]byte{V10: openapi.V10(), V11: openapi.V11(), V2: openapi.V2(), Usage: openapi.Usage()})
	if err != nil {
		t.Fatal(err)
	}
	Handler(w.options, w.inner)
	want := map[string][]string{}
	for version, root := range w.options.Contract.roots {
		operations := map[string]string{}
		root.collect("", operations)
		want[string(version)] = slices.Sorted(maps.Keys(operations))
	}
	for _, operations := range w.observer.serves {
		slices.Sort(operations)
	}
	if diff := cmp.Diff(want, w.observer.serves); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
