// SPDX-License-Identifier: Apache-2.0

// Package sdk plugs OSProfiler's rules into the OpenTelemetry SDK: a sampler
// that only a signature opens, and an id generator for clouds that keep 64 bits
// of a trace id.
//
//	provider := sdktrace.NewTracerProvider(
//		sdktrace.WithSampler(sdk.SignedSampler(sdktrace.NeverSample())),
//		sdktrace.WithBatcher(exporter),
//	)
//
// A service with that sampler, behind [otelhttp.NewHandler] with the cloud's
// keys, records the requests of those who hold a key, and nothing else.
//
// [otelhttp.NewHandler]: https://pkg.go.dev/github.com/ostrace/ostrace/otelhttp#NewHandler
package sdk
