// SPDX-License-Identifier: Apache-2.0

package sdk

import (
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

// SignedSampler returns a sampler for services that keeps OSProfiler's promise:
// only those who hold one of the cloud's keys can switch tracing on.
//
//   - It samples a request with a valid signature, whatever the request's
//     traceparent says. It also does where the request is the root of its
//     trace, about which a ParentBased sampler alone would ask its root
//     sampler. And it samples spans that a program starts with a key of its own
//     in the context.
//   - The fallback decides about every other request, with or without a
//     traceparent. With [sdktrace.NeverSample] no unsigned request is recorded.
//     With [sdktrace.TraceIDRatioBased] a share of them is recorded, which
//     depends on the trace id. With [sdktrace.ParentBased] the sampled flag of
//     the traceparent decides.
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
