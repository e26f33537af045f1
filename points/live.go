// SPDX-License-Identifier: Apache-2.0

package points

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// ExportedKey is true for a span that the program which stored it has exported
// to an OpenTelemetry back end as well; see [WithLiveExporter]. Such a span
// need not be exported again. A span does not have the attribute where the back
// end did not accept it, or where that is not known.
const ExportedKey = attribute.Key("osprofiler.exported")

// maxOutcomes is the number of spans of which a [LiveExporter] remembers
// whether they were delivered. It is twice the length of the queue of the SDK's
// batch span processor.
const maxOutcomes = 2 * sdktrace.DefaultMaxQueueSize

// LiveExporter is an exporter that remembers which spans it delivered, for
// [WithLiveExporter].
//
// A span is delivered if it was in a call of ExportSpans that returned no
// error. Where a back end accepts only some spans of a call, OTLP does not say
// which they are, so none of them is taken for delivered. The last 4,096 spans
// are remembered until they are stored.
type LiveExporter struct {
	sdktrace.SpanExporter

	mu       sync.Mutex
	outcomes map[spanKey]bool // whether the span was delivered
	order    []spanKey        // the keys that came in, the oldest first
	known    chan struct{}    // closed when there are more
	silent   bool             // a call has waited in vain since the last outcome
}

type spanKey struct {
	trace trace.TraceID
	span  trace.SpanID
}

func keyOf(span sdktrace.ReadOnlySpan) spanKey {
	id := span.SpanContext()
	return spanKey{id.TraceID(), id.SpanID()}
}

// NewLiveExporter returns an exporter that passes spans on to the given one,
// and returns its errors. The given exporter must not be nil, and must not be
// registered itself.
func NewLiveExporter(exporter sdktrace.SpanExporter) *LiveExporter {
	return &LiveExporter{SpanExporter: exporter, outcomes: map[spanKey]bool{}, known: make(chan struct{})}
}

// ExportSpans implements [sdktrace.SpanExporter].
func (l *LiveExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := l.SpanExporter.ExportSpans(ctx, spans)
	l.keep(spans, err == nil)
	return err
}

func (l *LiveExporter) keep(spans []sdktrace.ReadOnlySpan, delivered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, span := range spans {
		key := keyOf(span)
		if _, have := l.outcomes[key]; !have {
			l.order = append(l.order, key)
		}
		l.outcomes[key] = delivered
	}
	l.order = slices.DeleteFunc(l.order, func(key spanKey) bool {
		_, have := l.outcomes[key]
		return !have
	})
	for len(l.order) > maxOutcomes {
		delete(l.outcomes, l.order[0])
		l.order = l.order[1:]
	}
	l.silent = false
	close(l.known)
	l.known = make(chan struct{})
}

// mark waits until it is known which of the spans were delivered, gives those
// the attribute [ExportedKey], and forgets all of them.
func (l *LiveExporter) mark(ctx context.Context, spans []sdktrace.ReadOnlySpan, wait time.Duration) []sdktrace.ReadOnlySpan {
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(deadline)/2)
	}
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	for more := l.unknown(spans); more != nil; more = l.unknown(spans) {
		select {
		case <-more:
			continue
		case <-timeout.C:
		case <-ctx.Done():
		}
		l.giveUp()
		break
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	marked := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, span := range spans {
		marked[i] = span
		key := keyOf(span)
		if l.outcomes[key] {
			marked[i] = exportedSpan{span}
		}
		delete(l.outcomes, key)
	}
	return marked
}

// unknown returns a channel that is closed when more outcomes are known, or nil
// if there is nothing to wait for.
func (l *LiveExporter) unknown(spans []sdktrace.ReadOnlySpan) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.silent {
		return nil
	}
	for _, span := range spans {
		if _, have := l.outcomes[keyOf(span)]; !have {
			return l.known
		}
	}
	return nil
}

func (l *LiveExporter) giveUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silent = true
}

// exportedSpan is a span with the attribute [ExportedKey].
type exportedSpan struct{ sdktrace.ReadOnlySpan }

func (s exportedSpan) Attributes() []attribute.KeyValue {
	return append(slices.Clip(s.ReadOnlySpan.Attributes()), ExportedKey.Bool(true))
}
