// SPDX-License-Identifier: Apache-2.0

package sdk

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// IDGenerator64 returns a generator of trace ids that begin with 8 zero bytes.
//
// OSProfiler up to 4.3 with jaeger:// keeps only the last 64 bits of a trace id
// (osprofiler/drivers/jaeger.py). Of these ids it loses nothing: the program's
// spans, which are exported with 128 bits, and the services' spans, which are
// exported with 64, are in the same trace in Jaeger. Only 64 bits of the ids
// are random, so use the generator only for such clouds.
func IDGenerator64() sdktrace.IDGenerator { return idGenerator64{} }

type idGenerator64 struct{}

func (g idGenerator64) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	var id trace.TraceID
	binary.BigEndian.PutUint64(id[8:], nonZero())
	return id, g.NewSpanID(ctx, id)
}

func (idGenerator64) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	var id trace.SpanID
	binary.BigEndian.PutUint64(id[:], nonZero())
	return id
}

// nonZero returns a random number. Trace ids need not be secret, as in
// OpenTelemetry's own generator.
func nonZero() uint64 {
	for {
		if n := rand.Uint64(); n != 0 { //nolint:gosec // see above
			return n
		}
	}
}
