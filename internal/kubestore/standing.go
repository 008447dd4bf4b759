package kubestore

import (
	"cmp"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

const (
	// CreatedAtAnnotation tells when an object was made to more than the second that Kubernetes keeps.
	CreatedAtAnnotation = "licensing-operator.dev/created-at"
	// CreatedAtFormat sorts like the time.
	CreatedAtFormat = "2006-01-02T15:04:05.000000Z"
)

// Older orders objects that claim the same identity: the older one stands. Objects of the same second that are not told
// apart by the annotation are in the order of their UIDs.
func Older(a, b client.Object) bool {
	return cmp.Or(
		a.GetCreationTimestamp().Compare(b.GetCreationTimestamp().Time),
		cmp.Compare(a.GetAnnotations()[CreatedAtAnnotation], b.GetAnnotations()[CreatedAtAnnotation]),
		cmp.Compare(a.GetUID(), b.GetUID()),
	) < 0
}

// CreatedAt is when the object was made. The annotation counts only for what Kubernetes does not keep: anybody may write
// one.
func CreatedAt(object client.Object) time.Time {
	created := object.GetCreationTimestamp().UTC()
	exact, err := time.Parse(CreatedAtFormat, object.GetAnnotations()[CreatedAtAnnotation])
	if err != nil || !exact.Truncate(time.Second).Equal(created) {
		return created
	}
	return exact.Truncate(time.Millisecond)
}

// InstanceID is the id by which REST clients know the Instance.
func InstanceID(instance *v1alpha1.Instance) string {
	if instance.Spec.InstanceID != "" {
		return instance.Spec.InstanceID
	}
	return string(instance.UID)
}

// IsDefault is what the spec says; where no Instance of the customer account says true, the oldest is the default one.
// The others may include the Instance itself.
func IsDefault(instance *v1alpha1.Instance, ofAccount []*v1alpha1.Instance) bool {
	if said := instance.Spec.Default; said != nil {
		return *said
	}
	for _, other := range ofAccount {
		if said := other.Spec.Default; said != nil && *said {
			return false
		}
		if other.UID != instance.UID && other.Spec.Default == nil && Older(other, instance) {
			return false
		}
	}
	return true
}
