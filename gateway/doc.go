// SPDX-License-Identifier: Apache-2.0

// Package gateway decides, in front of a cloud's APIs, which requests the cloud
// traces, and signs those, so that programs that nobody changes are traced.
//
// It stands between the callers and the handler that passes their requests on:
//
//	g, err := gateway.New(gateway.Policy{Share: 0.01, PerMinute: 600, PerTokenPerMinute: 10},
//		gateway.WithHMACKeys(key), gateway.WithTracerProvider(provider))
//	if err != nil {
//		return err
//	}
//	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(nova) }}
//	err = http.ListenAndServeTLS(address, certificate, privateKey, g.Handler(proxy))
//
// The module github.com/ostrace/ostrace/caddy is the same for Caddy.
//
// # What happens to a request
//
//   - One with signed headers that one of the keys verifies is passed on as it
//     is: its sender holds a key, and has asked for a trace.
//   - Signed headers that no key verifies are taken off, however they are
//     spelled, and the request is treated as one without.
//   - An unsigned request is traced where the [Policy] chooses it. It gets a
//     server span, and goes on with the span's traceparent, its X-Trace-Info and
//     X-Trace-HMAC, and, unless it has one, X-Openstack-Request-Id: req-<trace
//     id>, by which the services' logs are found. The request that the caller of
//     the Handler holds is not changed, so that its access log has no signature.
//   - Every other request is passed on, without an allocation. One with the method
//     TRACE, which some servers answer with the headers that they received, is
//     never chosen.
//
// A caller's traceparent is dropped, unless [WithTraceparent] says otherwise.
//
// Nothing that the package does makes a request fail or wait: a back end that is
// down loses spans, and no request.
//
// # Only the cloud behind it
//
// The package does not look where a request goes. The handler behind it is the
// cloud, by the word of the one who puts it there: whoever stands behind it
// receives signed headers, and can send them again. It belongs on the cloud's
// routes and on no other. The Host that a caller sends makes no difference.
//
// # Which spans are recorded
//
// The gateway decides, so its TracerProvider is to sample what it starts:
// sdktrace.AlwaysSample, or a sampler of the package sdk, SignedSampler, which
// samples whatever the gateway has chosen. A span that is not sampled is not
// signed. A provider without an exporter makes the ids, and records nothing, for
// a cloud whose operator reads traces in OSProfiler's store alone.
//
// # Metrics
//
//	ostrace.gateway.requests            {request}  each request, with the attribute
//	                                               ostrace.gateway.decision, a Decision
//	ostrace.gateway.signatures.refused  {request}  those whose signed headers were taken off
//	ostrace.gateway.policy.updates      {update}   each SetPolicy, with the attribute
//	                                               ostrace.gateway.policy.result: applied or refused
package gateway
