// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"os"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/ostrace/ostrace/waterfall"
)

// These are the snippets of waterfall's README.md.
var (
	_ = draw
	_ = label
)

func draw(run func(*sdktrace.TracerProvider)) error {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	run(provider) // the program's work
	if err := waterfall.Draw(os.Stderr, recorder.Ended(), waterfall.Options{}); err != nil {
		return err
	}
	return nil
}

func label(attributeOf func(sdktrace.ReadOnlySpan, attribute.Key) string) waterfall.Options {
	opts := waterfall.Options{Labels: waterfall.Labels{
		Detail: func(span sdktrace.ReadOnlySpan) string { return attributeOf(span, semconv.URLPathKey) },
	}}

	return opts
}
