package kubestore

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
)

// UsageSpillLabel marks the ConfigMaps that hold usage records until the usage store has them.
const UsageSpillLabel = "licensing-operator.dev/usage-spill"

// What a page holds can be told without its content.
const (
	spillFirst   = "licensing-operator.dev/first-sequence"
	spillLast    = "licensing-operator.dev/last-sequence"
	spillRecords = "licensing-operator.dev/records"
	spillOldest  = "licensing-operator.dev/oldest"
	spillBytes   = "licensing-operator.dev/bytes"
	spillHash    = "licensing-operator.dev/sha256"

	spillData = "records.jsonl.gz"
)

// Spill keeps pages of usage records as ConfigMaps that cannot be changed.
type Spill struct{ Accounts *Accounts }

var _ outbox.Spill = Spill{}

// SpillName is the name of the ConfigMap that holds a page.
func SpillName(page outbox.Page) string {
	id := page.Account
	return fmt.Sprintf("usage.%s.%s.%d-%d.%s", id.Namespace, id.Name, page.First, page.Last, page.Hash[:min(len(page.Hash), 20)])
}

// Create stores a page, or finds it stored.
func (s Spill) Create(ctx context.Context, page outbox.Page, content []byte) error {
	object := spillObject(page, content)
	err := s.Accounts.create(ctx, object)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	page.Name = object.Name
	stored, err := s.Load(ctx, page)
	if err == nil && !bytes.Equal(stored, content) {
		return fmt.Errorf("ConfigMap %s is in the way of usage records: it was not made by the operator", object.Name)
	}
	return err
}

func spillObject(page outbox.Page, content []byte) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name: SpillName(page),
			Labels: map[string]string{
				UsageSpillLabel: "true", InstanceNamespaceLabel: page.Account.Namespace, InstanceNameLabel: page.Account.Name,
			},
			Annotations: map[string]string{
				spillFirst: strconv.FormatInt(page.First, 10), spillLast: strconv.FormatInt(page.Last, 10),
				spillRecords: strconv.Itoa(page.Records), spillOldest: page.Oldest.UTC().Format(time.RFC3339Nano),
				spillBytes: strconv.FormatInt(page.Bytes, 10), spillHash: page.Hash,
			},
		},
		Immutable:  new(true),
		BinaryData: map[string][]byte{spillData: content},
	}
}

// List gives all pages without their content.
func (s Spill) List(ctx context.Context) ([]outbox.Page, error) {
	return s.list(ctx, labels.Set{UsageSpillLabel: "true"})
}

// ListOf gives the pages of one account without their content.
func (s Spill) ListOf(ctx context.Context, account ledger.AccountID) ([]outbox.Page, error) {
	return s.list(ctx, labels.Set{UsageSpillLabel: "true", InstanceNamespaceLabel: account.Namespace, InstanceNameLabel: account.Name})
}

func (s Spill) list(ctx context.Context, selected labels.Set) (pages []outbox.Page, err error) {
	err = s.Accounts.eachMetadata(ctx, selected.String(), func(object *metav1.PartialObjectMetadata) error {
		pages = append(pages, spillPage(object))
		return nil
	})
	return pages, err
}

// spillPage leaves out what cannot be read. Such a page does not have the content that it promises, which is found when it
// is loaded; a list that failed would hold up everybody.
func spillPage(object *metav1.PartialObjectMetadata) outbox.Page {
	number := func(key string) int64 {
		value, _ := strconv.ParseInt(object.Annotations[key], 10, 64)
		return max(0, value)
	}
	oldest, _ := time.Parse(time.RFC3339Nano, object.Annotations[spillOldest])
	return outbox.Page{
		Account: ledger.AccountID{Namespace: object.Labels[InstanceNamespaceLabel], Name: object.Labels[InstanceNameLabel]},
		First:   number(spillFirst), Last: number(spillLast), Records: int(number(spillRecords)), Bytes: number(spillBytes),
		Oldest: oldest, Hash: object.Annotations[spillHash],
		Name: object.Name, Version: string(object.UID),
	}
}

// Load reads the content of a page live.
func (s Spill) Load(ctx context.Context, page outbox.Page) ([]byte, error) {
	object, err := s.Accounts.Get(ctx, page.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, outbox.ErrPageGone
	}
	if err != nil {
		return nil, err
	}
	return object.BinaryData[spillData], nil
}

// Delete deletes the page that was listed. One of the same name that was made since is left alone.
func (s Spill) Delete(ctx context.Context, page outbox.Page) error {
	err := s.Accounts.Delete(ctx, page.Name, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: new(types.UID(page.Version))},
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return err
}
