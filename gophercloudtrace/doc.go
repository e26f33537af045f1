// SPDX-License-Identifier: Apache-2.0

// Package gophercloudtrace instruments a gophercloud v2 ProviderClient with
// OpenTelemetry and OSProfiler. A program makes one call before it
// authenticates:
//
//	provider, err := openstack.NewClient(options.IdentityEndpoint)
//	if err != nil {
//		return err
//	}
//	gophercloudtrace.Instrument(provider, gophercloudtrace.WithHMACKeys(key))
//	if err := openstack.Authenticate(ctx, provider, options); err != nil {
//		return err
//	}
//
// openstack/config.NewProviderClient makes and authenticates a provider in one
// call. A program that uses it should make these calls instead, so that
// authentication and the renewal of tokens are traced too. A program that
// copies a provider and authenticates the copy instruments the copy. A program
// that can only set the transport of the HTTP client uses [NewTransport].
//
// From then on every request of the provider, and of the service clients that
// are made from it, has a client span. It carries the span's ids in the W3C
// headers of the global propagators, and in OSProfiler's signed headers. A
// command-line tool whose contexts have no spans passes the context of its run
// to [WithContext].
//
// # Spans
//
// Spans are those of OpenTelemetry's HTTP client conventions, named by method
// and path template, such as "GET /v2.1/servers/{id}". A template keeps a
// segment of the path only where the service's API has that word. Every other
// segment is {id}, also if it is a word elsewhere, as in "GET /v3/domains/{id}"
// for the domain "default". For an unknown API a template shows only the number
// of segments. Spans have the attributes of the conventions and these:
//
//	url.template                the path template
//	openstack.service.type      the type of the service catalog's entry whose endpoint is the
//	                            longest prefix of the URL
//	openstack.region            the region of the same entry
//	openstack.request_id        the request id in the service's answer
//	openstack.api.microversion  the microversion in the request or, for "latest", in the answer
//	http.request.resend_count   how often the request was sent before: it counts gophercloud's
//	                            retries and renewed tokens, and redirects
//
// Tokens, bodies and signed query parameters are not recorded.
// [WithURLTemplate] can leave out url.template, whose convention is still in
// development.
//
// The metrics are those of OpenTelemetry's HTTP client conventions,
// http.client.request.duration and http.client.request.body.size, with
// openstack.service.type and openstack.region.
//
// If the program opens no span, each request is a separate trace. [WithContext]
// takes the context of a run, which makes one trace of them. A program that
// runs for a long time, such as an exporter, opens a span for each scrape, and
// passes its context to gophercloud's calls.
//
// # Who gets the signed headers
//
// The signed headers and the global request id go to the identity endpoint, to
// the endpoints in the service catalog, and to those that [WithEndpoints] adds,
// by scheme, host and port. They do not go to another host after a redirect,
// nor with the Host of another host, nor to an opaque URL. Where a key was
// given and a request is not signed for one of these reasons, or because there
// is no OpenTelemetry SDK, OpenTelemetry's error handler (otel.Handle) gets one
// error.
//
// # The logs of the services
//
// Requests carry the global request id req-<base_id> in X-Openstack-Request-Id,
// unless the program set that header itself. So the trace's id finds the lines
// that services log about the trace (oslo.middleware, request_id).
package gophercloudtrace
