package kubestore

import (
	"context"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/internal/usage/sink"
)

const (
	// SinkPositionName is the ConfigMap that remembers how far the usage sink has come.
	SinkPositionName = "usage-sink-position"
	sinkPosition     = "position"
	sinkRecord       = "record"
)

// SinkPosition remembers it in a ConfigMap. It is not safe for concurrent use: each tailer has its own.
type SinkPosition struct {
	Accounts *Accounts
	// read is the object as it was loaded; nil if there was none.
	read *corev1.ConfigMap
}

var _ sink.Positions = (*SinkPosition)(nil)

// Load reads the position live.
func (p *SinkPosition) Load(ctx context.Context) (sink.Position, error) {
	object, err := p.Accounts.Get(ctx, SinkPositionName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		p.read = nil
		return sink.Position{}, nil
	}
	if err != nil {
		return sink.Position{}, err
	}
	at, err := strconv.ParseInt(object.Data[sinkPosition], 10, 64)
	if err != nil {
		return sink.Position{}, fmt.Errorf("ConfigMap %s: %s: %w", SinkPositionName, sinkPosition, err)
	}
	p.read = object
	return sink.Position{At: at, Record: object.Data[sinkRecord]}, nil
}

// Save writes the position if nobody has since it was loaded.
func (p *SinkPosition) Save(ctx context.Context, position sink.Position) error {
	data := map[string]string{sinkPosition: strconv.FormatInt(position.At, 10), sinkRecord: position.Record}
	if p.read == nil {
		_, err := p.Accounts.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: SinkPositionName}, Data: data}, metav1.CreateOptions{})
		return err
	}
	p.read.Data = data
	_, err := p.Accounts.Update(ctx, p.read, metav1.UpdateOptions{})
	return err
}
