// SPDX-License-Identifier: Apache-2.0

package sdk

import (
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

// SignedSampler returns a sampler for services that keeps OSProfiler's promise:
// who holds one of the cloud's keys can switch tracing on, and nobody else.
//
//   - A request with a valid signature is sampled, whatever its traceparent says,
//     and also where it is the root of its trace, for which a ParentBased sampler
//     by itself asks its root sampler. So is what a program starts with a key of
//     its own in the context.
//   - Every other request, with or without a traceparent, is decided by the
//     fallback, whatever the traceparent's sampled flag says. With
//     [sdktrace.NeverSample] nothing unsigned is recorded; with
//     [sdktrace.TraceIDRatioBased] a share is, chosen by trace id; with
//     [sdktrace.ParentBased] whoever sends a traceparent decides.
//   - A span with a parent in the same process follows that parent.
//
// A nil fallback is NeverSample.
func SignedSampler(fallback sdktrace.Sampler) sdktrace.Sampler {
	if fallback == nil {
		fallback = sdktrace.NeverSample()
	}
	return signedSampler{fallback}
}

type signedSampler struct{ fallback sdktrace.Sampler }

func (s signedSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	parent := trace.SpanContextFromContext(p.ParentContext)
	result := sdktrace.SamplingResult{Decision: sdktrace.Drop, Tracestate: parent.TraceState()}
	local := parent.IsValid() && !parent.IsRemote()
	switch {
	case local && parent.IsSampled():
		result.Decision = sdktrace.RecordAndSample
	case local:
	case !propagation.ProfilerFromContext(p.ParentContext).Key.IsZero():
		result.Decision = sdktrace.RecordAndSample
	default:
		return s.fallback.ShouldSample(p)
	}
	return result
}

func (s signedSampler) Description() string {
	return fmt.Sprintf("SignedSampler{fallback:%s}", s.fallback.Description())
}
