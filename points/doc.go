// SPDX-License-Identifier: Apache-2.0

// Package points reads and writes the points that OSProfiler stores, and turns
// them into OpenTelemetry spans and back.
//
// The services of most clouds keep their points in Redis, SQL or a similar
// store, each as two notifications: one when it starts, one when it stops. The
// module github.com/ostrace/ostrace/store opens those stores. The points of a
// trace in them become spans, for any view or back end:
//
//	s, err := store.Open("redis://localhost:6379")
//	…
//	t, err := points.Fetch(ctx, s, baseID)
//	…
//	err = exporter.ExportSpans(ctx, t.Spans())
//
// By the bridge of ids, which the package propagation describes, these spans
// hang under the spans of the Go program that signed the requests. In the other
// direction, the program's own spans become points, so that OSProfiler's
// command line shows them above the points of the services. The stores of Redis
// and SQL implement [Writer]:
//
//	w, err := redis.Open("redis://localhost:6379") // of the module store
//	…
//	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(points.NewSpanExporter(w)))
//
// [Trace.Findings] finds out whether a cloud has stored points of other requests in the
// trace, and whether the trace stops before its end.
//
// [Trace.WriteReport] writes what "osprofiler trace show --json" prints, and
// [ReadReport] reads it.
package points
