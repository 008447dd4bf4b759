package idempotency

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The fields of a record. One without a status is of a call that is not answered yet.
const (
	fieldDigest = "digest"
	fieldBegun  = "begun"
	fieldStatus = "status"
	fieldBody   = "body"
	fieldHeader = "header."
)

func newRecord(name, digest string, now time.Time) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{Label: "true"}},
		Data:       map[string]string{fieldDigest: digest, fieldBegun: now.UTC().Format(time.RFC3339Nano)},
	}
}

// begun is the zero time for a record that somebody spoiled: it counts as long gone.
func begun(record *corev1.ConfigMap) time.Time {
	at, err := time.Parse(time.RFC3339Nano, record.Data[fieldBegun])
	if err != nil {
		return time.Time{}
	}
	return at
}

func expired(record *corev1.ConfigMap, now time.Time) bool {
	return now.Sub(begun(record)) >= Retention
}

func answerOf(record *corev1.ConfigMap) (*Answer, error) {
	status, err := strconv.Atoi(record.Data[fieldStatus])
	if err != nil {
		return nil, fmt.Errorf("record %s: status: %w", record.Name, err)
	}
	answer := &Answer{Status: status, Header: map[string]string{}, Body: record.BinaryData[fieldBody]}
	for field, value := range record.Data {
		if name, isHeader := strings.CutPrefix(field, fieldHeader); isHeader {
			answer.Header[name] = value
		}
	}
	return answer, nil
}
