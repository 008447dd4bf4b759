package sink

import (
	"context"
	"fmt"
	"net/http"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

const (
	// typePrefix goes before the kind of the record.
	typePrefix = "dev.licensing-operator.usage."
	// The extensions of CloudEvents for order: an event comes after those of a smaller sequence in the same partition.
	sequenceExtension  = "sequence"
	partitionExtension = "partitionkey"

	sendTimeout = 10 * time.Second
)

// events sends records as events.
type events struct{ client cloudevents.Client }

func newEvents(url string, client *http.Client) (*events, error) {
	made, err := cloudevents.NewClientHTTP(cehttp.WithTarget(url), cehttp.WithClient(*client))
	if err != nil {
		return nil, fmt.Errorf("usage sink: %w", err)
	}
	return &events{client: made}, nil
}

func (e *events) send(ctx context.Context, record usage.Record) error {
	event, err := eventOf(record)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(binding.WithForceStructured(ctx), sendTimeout)
	defer cancel()
	if result := e.client.Send(ctx, event); !cloudevents.IsACK(result) {
		return fmt.Errorf("usage sink: %w", result)
	}
	return nil
}

// eventOf is the same whenever a record is sent.
func eventOf(record usage.Record) (cloudevents.Event, error) {
	instance := "/" + record.Namespace + "/" + record.Instance
	event := cloudevents.NewEvent()
	event.SetID(record.ID)
	event.SetType(typePrefix + string(record.Kind))
	event.SetSource(instance)
	event.SetSubject(record.TransactionID)
	event.SetTime(record.Time)
	event.SetExtension(partitionExtension, instance)
	// As long as any, so that texts sort like numbers.
	event.SetExtension(sequenceExtension, fmt.Sprintf("%019d", record.Position))
	if err := event.SetData(cloudevents.ApplicationJSON, record); err != nil {
		return event, fmt.Errorf("usage record %s: %w", record.ID, err)
	}
	return event, event.Validate()
}
