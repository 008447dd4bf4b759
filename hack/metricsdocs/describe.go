package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// description is what there is to know about a metric before it has a value.
type description struct {
	name, kind, help string
	labels           []string
}

// A Desc tells what it holds as text only.
var descText = regexp.MustCompile(`^Desc\{fqName: ("(?:[^"\\]|\\.)*"), help: ("(?:[^"\\]|\\.)*"), .*variableLabels: \{(.*)\}\}$`)

// describe asks collectors for what they would collect, in their order.
func describe(collectors []prometheus.Collector) ([]description, error) {
	var found []description
	for _, collector := range collectors {
		descriptions := make(chan *prometheus.Desc)
		go func() {
			defer close(descriptions)
			collector.Describe(descriptions)
		}()
		for desc := range descriptions {
			parsed, err := parse(desc.String())
			if err != nil {
				return nil, err
			}
			parsed.kind = kindOf(collector)
			found = append(found, parsed)
		}
	}
	return found, nil
}

func parse(text string) (description, error) {
	parts := descText.FindStringSubmatch(text)
	if parts == nil {
		return description{}, fmt.Errorf("cannot read the description %s", text)
	}
	name, err := strconv.Unquote(parts[1])
	if err != nil {
		return description{}, err
	}
	help, err := strconv.Unquote(parts[2])
	if err != nil {
		return description{}, err
	}
	var labels []string
	if parts[3] != "" {
		labels = strings.Split(parts[3], ",")
	}
	return description{name: name, help: help, labels: labels}, nil
}

// kindOf is a collector's type of metric. Collectors that are made here are gauges, all of them.
func kindOf(collector prometheus.Collector) string {
	switch collector.(type) {
	case *prometheus.CounterVec:
		return "counter"
	case *prometheus.HistogramVec, prometheus.Histogram:
		return "histogram"
	case prometheus.Gauge:
		return "gauge"
	case prometheus.Counter:
		return "counter"
	}
	return "gauge"
}
