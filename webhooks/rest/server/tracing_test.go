package server

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"
)

func TestSpansAreNamedAfterOperations(t *testing.T) {
	w := newWorld(t)
	spans := tracetest.NewSpanRecorder()
	w.options.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	parent := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	w.do(call{method: "GET", target: anyGet.target, header: map[string]string{"traceparent": parent}})
	w.do(call{method: "GET", target: "/nowhere"})
	var names []string
	for _, span := range spans.Ended() {
		names = append(names, span.Name())
	}
	if diff := cmp.Diff([]string{"listPublicKeys", "GET"}, names); diff != "" {
		t.Fatalf("(-want +got)\n%s", diff)
	}
	if got := spans.Ended()[0].SpanContext().TraceID().String(); got != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("the caller's trace is not continued: %s", got)
	}
}

func TestWithoutATracerNothingIsInstalled(t *testing.T) {
	w := newWorld(t)
	w.inner = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if oteltrace.SpanFromContext(r.Context()).SpanContext().IsValid() {
			t.Error("there is a span")
		}
	})
	w.do(anyGet)
}

func TestTracerNeedsNoCollectorToStart(t *testing.T) {
	tracer, err := NewTracer(t.Context(), "127.0.0.1:1", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
