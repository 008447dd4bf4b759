package tenant

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Labels and annotations of objects that were made over REST.
const (
	OriginLabel              = "licensing-operator.dev/origin"
	OriginREST               = "rest"
	CreatedByAnnotation      = "licensing-operator.dev/created-by"
	IdempotencyKeyAnnotation = "licensing-operator.dev/idempotency-key"
	RequestDigestAnnotation  = "licensing-operator.dev/request-digest"
)

// maxCreatedBy bounds what is kept of a caller's name, in bytes.
const maxCreatedBy = 256

// origin marks what the caller makes.
func (t *Tenant) origin() (labels, annotations map[string]string) {
	return map[string]string{OriginLabel: OriginREST}, map[string]string{
		CreatedByAnnotation:           shorten(t.caller, maxCreatedBy),
		kubestore.CreatedAtAnnotation: t.Clock.Now().UTC().Format(kubestore.CreatedAtFormat),
	}
}

// metadata is that of an object which only this call can make.
func (t *Tenant) metadata(name string) metav1.ObjectMeta {
	labels, annotations := t.origin()
	return metav1.ObjectMeta{Namespace: t.namespace, Name: name, Labels: labels, Annotations: annotations}
}

// modified is when the spec was last written.
func modified(object client.Object) time.Time {
	latest := kubestore.CreatedAt(object)
	for _, entry := range object.GetManagedFields() {
		if entry.Subresource == "" && entry.Time != nil && entry.Time.After(latest) && ownsSpec(entry) {
			latest = entry.Time.UTC()
		}
	}
	return latest
}

// shorten keeps a text to a number of bytes, and whole characters.
func shorten(text string, most int) string {
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
