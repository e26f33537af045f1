// SPDX-License-Identifier: Apache-2.0

package metadata

import (
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/metric"
)

// AttributeOutcome is the attribute outcome of the number of notifications.
type AttributeOutcome string

// The values of the attribute outcome.
const (
	AttributeOutcomeAccepted    AttributeOutcome = "accepted"
	AttributeOutcomeRedelivered AttributeOutcome = "redelivered"
	AttributeOutcomeUnreadable  AttributeOutcome = "unreadable"
)

// String returns the value of the attribute.
func (o AttributeOutcome) String() string { return string(o) }

// TelemetryBuilder has the metrics of the receiver.
type TelemetryBuilder struct {
	OsprofilerReceiverDroppedSpans    metric.Int64Counter
	OsprofilerReceiverIncompleteSpans metric.Int64Counter
	OsprofilerReceiverNotifications   metric.Int64Counter
	OsprofilerReceiverOpenPoints      metric.Int64Gauge
}

// NewTelemetryBuilder makes the metrics.
func NewTelemetryBuilder(settings component.TelemetrySettings) (*TelemetryBuilder, error) {
	meter := settings.MeterProvider.Meter(ScopeName)
	var builder TelemetryBuilder
	var err, errs error
	builder.OsprofilerReceiverDroppedSpans, err = meter.Int64Counter("otelcol_osprofiler_receiver_dropped_spans",
		metric.WithDescription("Number of spans that the next consumer refused for good, and that were dropped. [Alpha]"),
		metric.WithUnit("{span}"))
	errs = errors.Join(errs, err)
	builder.OsprofilerReceiverIncompleteSpans, err = meter.Int64Counter("otelcol_osprofiler_receiver_incomplete_spans",
		metric.WithDescription("Number of spans that were sent without their start or without their end. [Alpha]"),
		metric.WithUnit("{span}"))
	errs = errors.Join(errs, err)
	builder.OsprofilerReceiverNotifications, err = meter.Int64Counter("otelcol_osprofiler_receiver_notifications",
		metric.WithDescription("Number of notifications that were read. [Alpha]"),
		metric.WithUnit("{notification}"))
	errs = errors.Join(errs, err)
	builder.OsprofilerReceiverOpenPoints, err = meter.Int64Gauge("otelcol_osprofiler_receiver_open_points",
		metric.WithDescription("Number of points of which the start or the stop has not come yet. [Alpha]"),
		metric.WithUnit("{point}"))
	return &builder, errors.Join(errs, err)
}
