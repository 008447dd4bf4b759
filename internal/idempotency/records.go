// Package idempotency remembers the answers to calls that carry an idempotency key and move no tokens. Those that move
// tokens are remembered in the account, in the same commit (internal/ledger).
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/utils/clock"
)

// Label marks the ConfigMaps that are records.
const Label = "licensing-operator.dev/idempotency"

const (
	// Retention is how long an answer is remembered.
	Retention = 24 * time.Hour
	// abandonedAfter is how long a call may run before its server is taken for dead; no server lets one run that long.
	abandonedAfter = 90 * time.Second
	pollInterval   = 100 * time.Millisecond
)

// ErrKeyReused reports a key that was used for another call.
var ErrKeyReused = errors.New("the idempotency key was used for a different call")

// ErrRunning reports that the first call with the key has not been answered yet.
var ErrRunning = errors.New("the first call with this idempotency key is still running")

// Answer is what a call was answered.
type Answer struct {
	Status int
	// Header holds the headers that belong to the answer.
	Header map[string]string
	Body   []byte
}

// Records keep answers as ConfigMaps in one namespace, so that every replica knows them. They are safe for concurrent
// use.
type Records struct {
	ConfigMaps typedcorev1.ConfigMapInterface
	Clock      clock.WithTicker
	// Patience is how long a repeat waits for the first call to be answered.
	Patience time.Duration
}

// Claim is the right to make a call. It must be finished or abandoned.
type Claim struct {
	records *Records
	record  *corev1.ConfigMap
}

// Begin claims the call, or gives the answer it had before. It waits for a call that is running, and takes over one
// whose server died: nobody knows whether that call had an effect, so it is made again.
func (r *Records) Begin(ctx context.Context, scope, key, digest string) (*Claim, *Answer, error) {
	name := recordName(scope, key)
	deadline := r.Clock.Now().Add(r.Patience)
	for {
		claim, answer, err := r.begin(ctx, name, digest)
		if !errors.Is(err, ErrRunning) || !r.Clock.Now().Before(deadline) {
			return claim, answer, err
		}
		select {
		case <-ctx.Done():
			return nil, nil, errors.Join(ErrRunning, ctx.Err())
		case <-r.Clock.After(pollInterval):
		}
	}
}

func (r *Records) begin(ctx context.Context, name, digest string) (*Claim, *Answer, error) {
	now := r.Clock.Now()
	created, err := r.ConfigMaps.Create(ctx, newRecord(name, digest, now), metav1.CreateOptions{})
	if err == nil {
		return &Claim{r, created}, nil, nil
	}
	if !apierrors.IsAlreadyExists(err) {
		return nil, nil, fmt.Errorf("record the idempotency key: %w", err)
	}
	record, err := r.ConfigMaps.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil, ErrRunning // it was abandoned a moment ago: the next look claims it
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the record of the idempotency key: %w", err)
	}
	switch {
	case expired(record, now):
		return r.takeOver(ctx, record, digest, now)
	case record.Data[fieldDigest] != digest:
		return nil, nil, ErrKeyReused
	case record.Data[fieldStatus] != "":
		answer, err := answerOf(record)
		return nil, answer, err
	case now.Sub(begun(record)) < abandonedAfter:
		return nil, nil, ErrRunning
	}
	return r.takeOver(ctx, record, digest, now)
}

func (r *Records) takeOver(ctx context.Context, record *corev1.ConfigMap, digest string, now time.Time) (*Claim, *Answer, error) {
	fresh := newRecord(record.Name, digest, now)
	fresh.ResourceVersion = record.ResourceVersion
	updated, err := r.ConfigMaps.Update(ctx, fresh, metav1.UpdateOptions{})
	switch {
	case apierrors.IsConflict(err), apierrors.IsNotFound(err):
		return nil, nil, ErrRunning // another repeat was faster
	case err != nil:
		return nil, nil, fmt.Errorf("take over the record of the idempotency key: %w", err)
	}
	return &Claim{r, updated}, nil, nil
}

// Finish remembers the answer.
func (c *Claim) Finish(ctx context.Context, answer Answer) error {
	record := c.record.DeepCopy()
	record.Data[fieldStatus] = strconv.Itoa(answer.Status)
	for name, value := range answer.Header {
		record.Data[fieldHeader+name] = value
	}
	record.BinaryData = map[string][]byte{fieldBody: answer.Body}
	if _, err := c.records.ConfigMaps.Update(ctx, record, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("record the answer under the idempotency key: %w", err)
	}
	return nil
}

// Abandon lets the call be made again under the key: it had no effect.
func (c *Claim) Abandon(ctx context.Context) error {
	err := c.records.ConfigMaps.Delete(ctx, c.record.Name, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &c.record.UID, ResourceVersion: &c.record.ResourceVersion},
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("forget the idempotency key: %w", err)
	}
	return nil
}

// recordName hides the key: it may be longer than a name, and of other characters.
func recordName(scope, key string) string {
	sum := sha256.Sum256([]byte(scope + "\x00" + key))
	return "idempotency-" + hex.EncodeToString(sum[:20])
}
