// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// metrics holds the counters that the package documentation lists.
type metrics struct {
	requests, refused, updates metric.Int64Counter
	decided                    [decisions][]metric.AddOption
	applied, rejected          metric.MeasurementOption
}

func newMetrics(provider metric.MeterProvider) *metrics {
	if provider == nil {
		provider = otel.GetMeterProvider()
	}
	meter := provider.Meter(ScopeName, metric.WithInstrumentationVersion(Version))
	const result = attribute.Key("ostrace.gateway.policy.result")
	m := &metrics{
		applied:  metric.WithAttributeSet(attribute.NewSet(result.String("applied"))),
		rejected: metric.WithAttributeSet(attribute.NewSet(result.String("refused"))),
	}
	var err, err2, err3 error
	m.requests, err = meter.Int64Counter("ostrace.gateway.requests", metric.WithUnit("{request}"),
		metric.WithDescription("Requests, by the decision on them."))
	m.refused, err2 = meter.Int64Counter("ostrace.gateway.signatures.refused", metric.WithUnit("{request}"),
		metric.WithDescription("Requests whose signed headers were removed because no key verifies them."))
	m.updates, err3 = meter.Int64Counter("ostrace.gateway.policy.updates", metric.WithUnit("{update}"),
		metric.WithDescription("Attempts to replace the policy, by their result."))
	if err := errors.Join(err, err2, err3); err != nil {
		otel.Handle(err)
	}
	for d := range Decision(decisions) {
		m.decided[d] = []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(DecisionKey.String(d.String())))}
	}
	return m
}

func (m *metrics) decide(ctx context.Context, d Decision) { m.requests.Add(ctx, 1, m.decided[d]...) }
