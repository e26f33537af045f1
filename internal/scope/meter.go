// SPDX-License-Identifier: Apache-2.0

package scope

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// MeterProvider returns a provider that has only the scope's meter, whatever
// name it is asked for. The meter comes from provider, or from the global
// provider where that is nil. Its histograms call the function with the
// attributes of each measurement, and record the attributes that the function
// returns.
func (s *Scope) MeterProvider(provider metric.MeterProvider, attributes func(context.Context, attribute.Set) attribute.Set) metric.MeterProvider {
	if provider == nil {
		provider = otel.GetMeterProvider()
	}
	return meters{provider, s, attributes}
}

type meters struct {
	metric.MeterProvider
	scope      *Scope
	attributes func(context.Context, attribute.Set) attribute.Set
}

func (m meters) Meter(string, ...metric.MeterOption) metric.Meter {
	return meter{m.MeterProvider.Meter(m.scope.name, m.scope.meter...), m.attributes}
}

type meter struct {
	metric.Meter
	attributes func(context.Context, attribute.Set) attribute.Set
}

func (m meter) Float64Histogram(name string, opts ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	h, err := m.Meter.Float64Histogram(name, opts...)
	return float64Histogram{h, m.attributes}, err
}

func (m meter) Int64Histogram(name string, opts ...metric.Int64HistogramOption) (metric.Int64Histogram, error) {
	h, err := m.Meter.Int64Histogram(name, opts...)
	return int64Histogram{h, m.attributes}, err
}

type float64Histogram struct {
	metric.Float64Histogram
	attributes func(context.Context, attribute.Set) attribute.Set
}

func (h float64Histogram) Record(ctx context.Context, value float64, opts ...metric.RecordOption) {
	if h.Enabled(ctx) {
		h.Float64Histogram.Record(ctx, value, with(ctx, h.attributes, opts))
	}
}

type int64Histogram struct {
	metric.Int64Histogram
	attributes func(context.Context, attribute.Set) attribute.Set
}

func (h int64Histogram) Record(ctx context.Context, value int64, opts ...metric.RecordOption) {
	if h.Enabled(ctx) {
		h.Int64Histogram.Record(ctx, value, with(ctx, h.attributes, opts))
	}
}

func with(ctx context.Context, attributes func(context.Context, attribute.Set) attribute.Set, opts []metric.RecordOption) metric.RecordOption {
	config := metric.NewRecordConfig(opts)
	return metric.WithAttributeSet(attributes(ctx, config.Attributes()))
}
