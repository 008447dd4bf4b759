package kubestore

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

const (
	// ReceiptPageLabel marks the ConfigMaps that hold older receipts of an account. Unlike accounts, they are deleted.
	ReceiptPageLabel = "licensing-operator.dev/receipt-page"
	// pageData is compressed: receipts are much alike, and there are many.
	pageData = "receipts.jsonl.gz"
	// longestPage keeps a forged page from filling the memory.
	longestPage = 8 << 20
)

// PageName is the name of the ConfigMap that holds a page of receipts. A part of the hash is enough: the page is verified
// by all of it.
func PageName(id ledger.AccountID, hash string) string {
	return "receipts." + id.Namespace + "." + id.Name + "." + hash[:min(len(hash), 20)]
}

// CreateReceiptPage stores a page of receipts, or finds it stored.
func (s *Store) CreateReceiptPage(ctx context.Context, id ledger.AccountID, page *ledger.ReceiptPage, text string) error {
	object, err := pageOf(id, page.Hash, text)
	if err != nil {
		return err
	}
	err = s.accounts.create(ctx, object)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	stored, err := s.LoadReceiptPage(ctx, id, page.Hash)
	if err == nil && stored != text {
		return fmt.Errorf("%w: ConfigMap %s", ledger.ErrTampered, object.Name)
	}
	return err
}

// LoadReceiptPage reads a page of receipts live.
func (s *Store) LoadReceiptPage(ctx context.Context, id ledger.AccountID, hash string) (string, error) {
	object, err := s.accounts.Get(ctx, PageName(id, hash), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "", errors.Join(ledger.ErrPageMissing, err)
	}
	if err != nil {
		return "", err
	}
	text, err := decompress(object.BinaryData[pageData])
	if err != nil {
		return "", fmt.Errorf("%w: ConfigMap %s: %w", ledger.ErrTampered, object.Name, err)
	}
	return text, nil
}

func pageOf(id ledger.AccountID, hash, text string) (*corev1.ConfigMap, error) {
	data, err := compress(text)
	if err != nil {
		return nil, err
	}
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name: PageName(id, hash),
			Labels: map[string]string{
				ReceiptPageLabel: "true", InstanceNamespaceLabel: id.Namespace, InstanceNameLabel: id.Name,
			},
		},
		Immutable:  new(true),
		BinaryData: map[string][]byte{pageData: data},
	}, nil
}

func compress(text string) ([]byte, error) {
	var data bytes.Buffer
	writer, err := gzip.NewWriterLevel(&data, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(writer, text); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}

func decompress(data []byte) (string, error) {
	reader, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	_, err = io.Copy(&text, io.LimitReader(reader, longestPage))
	return text.String(), err
}
