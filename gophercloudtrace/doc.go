// SPDX-License-Identifier: Apache-2.0

// Package gophercloudtrace instruments a gophercloud v2 ProviderClient with
// OpenTelemetry and OSProfiler, by one call before it authenticates:
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
// A program that uses openstack/config.NewProviderClient, which makes and
// authenticates a provider in one, writes these calls in its place, so that
// authentication and the renewal of tokens are traced too. A program that copies
// a provider and authenticates the copy instruments the copy. A program that gets
// at the transport of the HTTP client only uses [NewTransport].
//
// From then on every request of the provider, and of the service clients made
// from it, has a client span, and carries the span's ids in the W3C headers of
// the global propagators and, signed, in OSProfiler's. A command-line tool whose
// contexts have no spans gives the context of its run with [WithContext].
//
// # Spans
//
// Spans are those of OpenTelemetry's HTTP client conventions, named by method
// and path template, such as "GET /v2.1/servers/{id}". A template keeps a segment
// of the path only in a place where the service's API has that word; every other
// segment is {id}, also where it is a word elsewhere, as in
// "GET /v3/domains/{id}" for the domain "default". Of an API that is not known a
// template tells the number of segments. Beside the conventions' attributes they
// have
//
//	url.template                the path template
//	openstack.service.type      of the service catalog's entry whose endpoint is the
//	                            longest prefix of the URL
//	openstack.region            of the same entry
//	openstack.request_id        that the service answered with
//	openstack.api.microversion  that was asked for or, for "latest", used
//	http.request.resend_count   how often the request was sent before: gophercloud's
//	                            retries and renewed tokens, and redirects
//
// No token, no body and no signed query parameter is recorded. [WithURLTemplate]
// leaves url.template out, whose convention is still in development.
//
// The metrics are those of OpenTelemetry's HTTP client conventions,
// http.client.request.duration and http.client.request.body.size, with
// openstack.service.type and openstack.region.
//
// Where the program opens no span, each request is a trace of its own. The
// context of a run, which [WithContext] takes, makes one trace of them. A program
// that runs on, such as an exporter, opens a span for each scrape and hands its
// context to gophercloud's calls.
//
// # Who gets the signed headers
//
// The signed headers, and the global request id, go to the identity endpoint
// and to what the service catalog lists, by scheme, host and port, and to what
// [WithEndpoints] adds. They go nowhere else: not after a redirect, not with a
// Host of another, not to an opaque URL. Where a key was given and a request is
// not signed for one of these reasons, or because there is no OpenTelemetry SDK,
// OpenTelemetry's error handler (otel.Handle) is told once.
//
// # The logs of the services
//
// Requests carry the global request id req-<base_id> in X-Openstack-Request-Id,
// unless the program set that header itself, so that the trace's id finds the
// lines that services log about it (oslo.middleware, request_id).
package gophercloudtrace
