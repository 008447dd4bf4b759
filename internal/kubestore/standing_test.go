package kubestore

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func made(uid types.UID, at time.Time, annotation string) *v1alpha1.Instance {
	instance := &v1alpha1.Instance{ObjectMeta: metav1.ObjectMeta{UID: uid, CreationTimestamp: metav1.NewTime(at)}}
	if annotation != "" {
		instance.Annotations = map[string]string{CreatedAtAnnotation: annotation}
	}
	return instance
}

func TestTheOlderOfTwoObjectsStands(t *testing.T) {
	for name, tc := range map[string]struct{ older, younger *v1alpha1.Instance }{
		"by the second":                {made("b", noon, ""), made("a", noon.Add(time.Second), "")},
		"whatever the annotation says": {made("b", noon, "2099-01-01T00:00:00.000000Z"), made("a", noon.Add(time.Second), "2000-01-01T00:00:00.000000Z")},
		"within the second":            {made("b", noon, "2026-11-22T12:00:00.100000Z"), made("a", noon, "2026-11-22T12:00:00.900000Z")},
		"one that does not say when":   {made("b", noon, ""), made("a", noon, "2026-11-22T12:00:00.100000Z")},
		"by the UID at last":           {made("a", noon, ""), made("b", noon, "")},
	} {
		t.Run(name, func(t *testing.T) {
			if !Older(tc.older, tc.younger) || Older(tc.younger, tc.older) || Older(tc.older, tc.older) {
				t.Error("it is not so")
			}
		})
	}
}

func TestTheAnnotationTellsWhatTheSecondHides(t *testing.T) {
	for annotation, want := range map[string]time.Time{
		"": noon, "nonsense": noon, "2026-11-22T12:00:00.123456Z": noon.Add(123 * time.Millisecond),
		"2026-11-22T12:00:01.000000Z": noon, "2000-01-01T00:00:00.000000Z": noon,
	} {
		if got := CreatedAt(made("a", noon, annotation)); !got.Equal(want) {
			t.Errorf("%q: got %s, want %s", annotation, got, want)
		}
	}
}
