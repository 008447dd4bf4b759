// Package access is the plugin's way to a cluster and to the data access API of the operator in it.
package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// defaultOperatorNamespace is where the published manifests install the operator.
const defaultOperatorNamespace = "licensing-operator-system"

// Flags say which cluster and which API. The kubeconfig's own flags for tokens and authorities are left out: here these
// are the API's.
type Flags struct {
	Kube              *genericclioptions.ConfigFlags
	OperatorNamespace string
	Server            Server
	Clock             clock.Clock
}

// NewFlags are those of no cluster in particular.
func NewFlags(c clock.Clock) *Flags {
	kube := genericclioptions.NewConfigFlags(true)
	kube.BearerToken, kube.CAFile, kube.Insecure, kube.APIServer, kube.TLSServerName = nil, nil, nil, nil, nil
	return &Flags{Kube: kube, OperatorNamespace: defaultOperatorNamespace, Clock: c}
}

// AddKube adds the flags that say which cluster.
func (f *Flags) AddKube(flags *pflag.FlagSet) {
	f.Kube.AddFlags(flags)
	flags.StringVar(&f.OperatorNamespace, "operator-namespace", f.OperatorNamespace, "The namespace of the operator, with the accounts.")
}

// Cluster is the cluster, with the rights of the kubeconfig's user.
type Cluster struct {
	// Namespace is the producer's.
	Namespace string

	config            *rest.Config
	client            client.Client
	core              typedcorev1.CoreV1Interface
	operatorNamespace string
}

// Cluster connects.
func (f *Flags) Cluster() (*Cluster, error) {
	namespace, _, err := f.Kube.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return nil, err
	}
	config, err := f.Kube.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	objects, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	core, err := typedcorev1.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return &Cluster{Namespace: namespace, config: config, client: objects, core: core, operatorNamespace: f.OperatorNamespace}, nil
}

// Instance reads an Instance of the producer.
func (c *Cluster) Instance(ctx context.Context, name string) (*v1alpha1.Instance, error) {
	instance := &v1alpha1.Instance{}
	err := c.client.Get(ctx, client.ObjectKey{Namespace: c.Namespace, Name: name}, instance)
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("there is no Instance %q in namespace %q: choose another namespace with -n", name, c.Namespace)
	}
	return instance, err
}

// Instances are the names of the producer's.
func (c *Cluster) Instances(ctx context.Context) (names []string, err error) {
	var list v1alpha1.InstanceList
	if err := c.client.List(ctx, &list, client.InNamespace(c.Namespace)); err != nil {
		return nil, err
	}
	for _, instance := range list.Items {
		names = append(names, instance.Name)
	}
	return names, nil
}

// Session reads a session of the producer's namespace.
func (c *Cluster) Session(ctx context.Context, name string) (*v1alpha1.Session, error) {
	session := &v1alpha1.Session{}
	err := c.client.Get(ctx, client.ObjectKey{Namespace: c.Namespace, Name: name}, session)
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("there is no Session %q in namespace %q any more: give its id instead, as clients or its records know it", name, c.Namespace)
	}
	return session, err
}
