package declaration

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Labels and annotations of objects that were made over REST.
const (
	OriginLabel         = "licensing-operator.dev/origin"
	OriginREST          = "rest"
	CreatedByAnnotation = "licensing-operator.dev/created-by"
	// LastModifiedByAnnotation names who last changed the object over REST.
	LastModifiedByAnnotation = "licensing-operator.dev/last-modified-by"
)

// maxName bounds what is kept of a caller's name, in bytes.
const maxName = 256

// Metadata is that of an object which a caller makes at a time.
func Metadata(namespace, name, caller string, now time.Time) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: namespace, Name: name,
		Labels: map[string]string{OriginLabel: OriginREST},
		Annotations: map[string]string{
			CreatedByAnnotation:           Shorten(caller, maxName),
			kubestore.CreatedAtAnnotation: now.UTC().Format(kubestore.CreatedAtFormat),
		},
	}
}

// LastModifiedBy is what is kept of the name of who changes an object.
func LastModifiedBy(name string) string { return Shorten(name, maxName) }

// ModifiedBy is who last wrote the spec: a caller by name, or whoever else declares objects in Kubernetes.
func ModifiedBy(object client.Object) string {
	var last metav1.ManagedFieldsEntry
	for _, entry := range object.GetManagedFields() {
		later := entry.Time != nil && (last.Time == nil || entry.Time.After(last.Time.Time))
		if entry.Subresource == "" && (later || entry.Manager == string(FieldManager) && entry.Time.Equal(last.Time)) && managedBy(entry).has("f:spec") {
			last = entry
		}
	}
	if last.Manager != string(FieldManager) {
		return last.Manager
	}
	annotations := object.GetAnnotations()
	if by := annotations[LastModifiedByAnnotation]; by != "" {
		return by
	}
	return annotations[CreatedByAnnotation]
}

// Modified is when the spec was last written.
func Modified(object client.Object) time.Time {
	latest := kubestore.CreatedAt(object)
	for _, entry := range object.GetManagedFields() {
		if entry.Subresource == "" && entry.Time != nil && entry.Time.After(latest) && managedBy(entry).has("f:spec") {
			latest = entry.Time.UTC()
		}
	}
	return latest
}

// DeclaredAt tells when others than REST declared the field, if they did.
func DeclaredAt(object client.Object, path ...string) (at time.Time, others bool) {
	at = object.GetCreationTimestamp().UTC()
	for _, entry := range object.GetManagedFields() {
		if entry.Subresource != "" || entry.Manager == string(FieldManager) || !managedBy(entry).has(path...) {
			continue
		}
		others = true
		if entry.Time != nil && entry.Time.After(at) {
			at = entry.Time.UTC()
		}
	}
	return at, others
}

// Shorten keeps a text to a number of bytes, and whole characters.
func Shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := 0
	for i := range text {
		if i > most {
			break
		}
		end = i
	}
	return text[:end]
}
