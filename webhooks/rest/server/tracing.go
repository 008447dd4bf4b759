package server

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	oteltrace "go.opentelemetry.io/otel/trace"
	"k8s.io/component-base/tracing"
	tracingapi "k8s.io/component-base/tracing/api/v1"
)

// NewTracer sends spans to an OpenTelemetry collector. Whoever made it shuts it down.
func NewTracer(ctx context.Context, endpoint string, samplingRatePerMillion int32) (tracing.TracerProvider, error) {
	return tracing.NewProvider(ctx, &tracingapi.TracingConfiguration{
		Endpoint: &endpoint, SamplingRatePerMillion: &samplingRatePerMillion,
	}, nil, []resource.Option{resource.WithAttributes(attribute.String("service.name", "licensing-operator"))})
}

// trace makes a span of every request, or nothing without a tracer. It is named after the operation once that is known.
func trace(tracer oteltrace.TracerProvider) Middleware {
	return func(next http.Handler) http.Handler {
		if tracer == nil {
			return next
		}
		return tracing.WithTracing(next, tracer, "REST")
	}
}
