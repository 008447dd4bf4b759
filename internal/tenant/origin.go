package tenant

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/internal/declaration"
)

// Labels and annotations of objects that were made over REST.
const (
	OriginLabel              = declaration.OriginLabel
	OriginREST               = declaration.OriginREST
	CreatedByAnnotation      = declaration.CreatedByAnnotation
	IdempotencyKeyAnnotation = "licensing-operator.dev/idempotency-key"
	RequestDigestAnnotation  = "licensing-operator.dev/request-digest"
)

// metadata is that of an object which only this call can make.
func (t *Tenant) metadata(name string) metav1.ObjectMeta {
	return declaration.Metadata(t.namespace, name, t.caller, t.Clock.Now())
}
