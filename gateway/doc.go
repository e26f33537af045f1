// SPDX-License-Identifier: Apache-2.0

// Package gateway decides in front of a cloud's APIs which requests the cloud
// traces, and signs these requests. So requests of programs that can't be changed
// are traced too.
//
// The gateway is between the callers and the handler that passes their requests
// on:
//
//	g, err := gateway.New(gateway.Policy{Share: 0.01, PerMinute: 600, PerTokenPerMinute: 10},
//		gateway.WithHMACKeys(key), gateway.WithTracerProvider(provider))
//	if err != nil {
//		return err
//	}
//	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(nova) }}
//	err = http.ListenAndServeTLS(address, certificate, privateKey, g.Handler(proxy))
//
// The module github.com/ostrace/ostrace/caddy does the same in Caddy.
//
// # What happens to a request
//
//   - A request with signed headers that one of the keys verifies is passed on
//     unchanged, because its sender holds a key and has asked for a trace.
//   - Signed headers that no key verifies are removed, in whatever spelling, and
//     the request is treated as an unsigned one.
//   - An unsigned request is traced if the [Policy] chooses it. It gets a server
//     span. It is passed on with traceparent, X-Trace-Info and X-Trace-HMAC of
//     that span. If it has no X-Openstack-Request-Id, it gets req-<trace id>,
//     which finds the lines in the services' logs. The gateway does not change
//     the request that the caller of the Handler holds, so an access log of that
//     caller does not show the signature.
//   - Every other request is passed on, without an allocation. A request with the
//     method TRACE is never chosen, because some servers answer it with the
//     headers that they received.
//
// A caller's traceparent is dropped, unless [WithTraceparent] says otherwise.
//
// The package does not make a request fail or wait. If a back end is down, spans
// are lost, but requests are not.
//
// # Only the cloud behind it
//
// The package does not check where a request goes. It relies on the program that
// the handler behind it leads to the cloud: the server behind it receives signed
// headers, and can send them again. Use the gateway only on the cloud's routes.
// The Host that a caller sends makes no difference.
//
// # Which spans are recorded
//
// The gateway decides, so its TracerProvider has to sample all spans that the
// gateway starts. Use sdktrace.AlwaysSample, or SignedSampler of the package sdk,
// which samples all requests that the gateway has chosen. If a span is not
// sampled, its request is not signed. A provider without an exporter only makes
// the ids. That is enough for a cloud whose operator reads traces only in
// OSProfiler's store.
//
// # Metrics
//
//	ostrace.gateway.requests            {request}  all requests, with the attribute
//	                                               ostrace.gateway.decision, a Decision
//	ostrace.gateway.signatures.refused  {request}  the requests whose signed headers
//	                                               were removed
//	ostrace.gateway.policy.updates      {update}   the calls of SetPolicy, with the attribute
//	                                               ostrace.gateway.policy.result: applied or refused
package gateway
