package kubestore

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Accounts are the ConfigMaps of the operator's namespace.
type Accounts struct {
	typedcorev1.ConfigMapInterface
	client    rest.Interface
	namespace string
}

// NewAccounts wants a client that speaks protobuf, with which a commit with many open transactions costs a fraction of
// what it does in JSON, and that does not throttle.
func NewAccounts(core typedcorev1.CoreV1Interface, namespace string) *Accounts {
	return &Accounts{ConfigMapInterface: core.ConfigMaps(namespace), client: core.RESTClient(), namespace: namespace}
}

// These ask for an answer without the content, which can be long, and was sent a moment ago or does not matter.
const (
	metadataOnly     = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	listMetadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

// replace is an update that is told the new version only.
func (a *Accounts) replace(ctx context.Context, object *corev1.ConfigMap) (ledger.Version, error) {
	answer, err := a.client.Put().Namespace(a.namespace).Resource("configmaps").Name(object.Name).
		SetHeader("Accept", metadataOnly).Body(object).Do(ctx).Raw()
	if err != nil {
		return "", err
	}
	var updated metav1.PartialObjectMetadata
	if err := json.Unmarshal(answer, &updated); err != nil {
		return "", fmt.Errorf("read the answer to an update: %w", err)
	}
	return ledger.Version(updated.ResourceVersion), nil
}

// create is told nothing but whether it was done.
func (a *Accounts) create(ctx context.Context, object *corev1.ConfigMap) error {
	return a.client.Post().Namespace(a.namespace).Resource("configmaps").
		SetHeader("Accept", metadataOnly).Body(object).Do(ctx).Error()
}

func (a *Accounts) listMetadata(ctx context.Context, options metav1.ListOptions) (*metav1.PartialObjectMetadataList, error) {
	answer, err := a.client.Get().Namespace(a.namespace).Resource("configmaps").VersionedParams(&options, scheme.ParameterCodec).
		SetHeader("Accept", listMetadataOnly).Do(ctx).Raw()
	if err != nil {
		return nil, err
	}
	list := &metav1.PartialObjectMetadataList{}
	if err := json.Unmarshal(answer, list); err != nil {
		return nil, fmt.Errorf("read a list: %w", err)
	}
	return list, nil
}

// eachMetadata visits what the selector finds, a page at a time.
func (a *Accounts) eachMetadata(ctx context.Context, selector string, visit func(*metav1.PartialObjectMetadata) error) error {
	options := metav1.ListOptions{LabelSelector: selector, Limit: pagesAtOnce}
	for {
		list, err := a.listMetadata(ctx, options)
		if err != nil {
			return err
		}
		for i := range list.Items {
			if err := visit(&list.Items[i]); err != nil {
				return err
			}
		}
		if options.Continue = list.Continue; options.Continue == "" {
			return nil
		}
	}
}

// deleteUnchanged deletes what nobody has written since it was read.
func (a *Accounts) deleteUnchanged(ctx context.Context, object *metav1.PartialObjectMetadata) error {
	err := a.Delete(ctx, object.Name, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &object.UID, ResourceVersion: &object.ResourceVersion},
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return err
}
