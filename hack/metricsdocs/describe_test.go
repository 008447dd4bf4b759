package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

type custom struct{ *prometheus.Desc }

func (c custom) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- c.Desc }
func (c custom) Collect(chan<- prometheus.Metric)              {}

func TestDescribe(t *testing.T) {
	const help = "It says \"yes\", {or} \\ no."
	opts := func(name string) prometheus.Opts { return prometheus.Opts{Name: name, Help: help} }
	got, err := describe([]prometheus.Collector{
		prometheus.NewCounter(prometheus.CounterOpts(opts("a"))),
		prometheus.NewCounterVec(prometheus.CounterOpts(opts("b")), []string{"x", "y"}),
		prometheus.NewGauge(prometheus.GaugeOpts(opts("c"))),
		prometheus.NewGaugeVec(prometheus.GaugeOpts(opts("d")), []string{"x"}),
		prometheus.NewHistogram(prometheus.HistogramOpts{Name: "e", Help: help}),
		prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "f", Help: help}, []string{"x"}),
		custom{prometheus.NewDesc("g", help, []string{"x"}, nil)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []description{
		{"a", "counter", help, nil}, {"b", "counter", help, []string{"x", "y"}}, {"c", "gauge", help, nil}, {"d", "gauge", help, []string{"x"}},
		{"e", "histogram", help, nil}, {"f", "histogram", help, []string{"x"}}, {"g", "gauge", help, []string{"x"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(description{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestReplaceKeepsWhatIsAround(t *testing.T) {
	const page = "before\n<!-- metrics: made by make docs -->\nold\n<!-- end of metrics -->\nafter\n"
	const want = "before\n<!-- metrics: made by make docs -->\n\nnew\n\n<!-- end of metrics -->\nafter\n"
	for _, text := range []string{page, want} {
		got, err := replace(text, "metrics", "new\n")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	if _, err := replace("no marks", "metrics", "new"); err == nil {
		t.Error("a page without marks was taken")
	}
}
