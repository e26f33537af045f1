package otelhttp

import (
	"context"

	otelpropagation "go.opentelemetry.io/otel/propagation"

	"github.com/ostrace/ostrace/propagation"
)

const (
	canonicalInfo = "X-Trace-Info"
	canonicalHMAC = "X-Trace-Hmac"
)

// signingPropagators are propagators that also send OSProfiler's headers, but
// not twice where they do so already.
type signingPropagators struct {
	otelpropagation.TextMapPropagator
	osprofiler propagation.OSProfiler
	ownKeys    bool
}

func (p signingPropagators) Inject(ctx context.Context, carrier otelpropagation.TextMapCarrier) {
	header, ok := carrier.(otelpropagation.HeaderCarrier)
	if !ok {
		p.TextMapPropagator.Inject(ctx, carrier)
		p.osprofiler.Inject(ctx, carrier)
		return
	}
	// A program that copies headers from one request to another may have set
	// these. They stay where nobody has better ones.
	info, mac := header[canonicalInfo], header[canonicalHMAC]
	if info != nil || mac != nil {
		delete(header, canonicalInfo)
		delete(header, canonicalHMAC)
	}
	p.TextMapPropagator.Inject(ctx, carrier)
	if p.ownKeys || header[canonicalInfo] == nil {
		p.osprofiler.Inject(ctx, carrier)
	}
	if header[canonicalInfo] == nil && info != nil {
		header[canonicalInfo] = info
		header[canonicalHMAC] = mac
	}
}
