// SPDX-License-Identifier: Apache-2.0

// Package otelhttp instruments net/http with OpenTelemetry and OSProfiler. It
// is OpenTelemetry's own
// go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp, with
// OSProfiler's signed headers beside those of the propagators.
//
// A client of OpenStack's services that is not built on gophercloud needs
//
//	trusted, err := otelhttp.Endpoints("https://cloud.example:5000/v3", "https://cloud.example:8774")
//	if err != nil {
//		return err
//	}
//	client := http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport,
//		otelhttp.WithHMACKeys(key), otelhttp.WithTrusted(trusted))}
//
// Programs that use gophercloud use the package gophercloudtrace instead.
//
// A service needs
//
//	keys, err := hmac.KeysFromEnv() // or of its own configuration
//	if err != nil {
//		return err
//	}
//	handler := otelhttp.NewHandler(mux, "registry", otelhttp.WithHMACKeys(keys...))
//
// and, so that only who holds a key can switch tracing on, the sampler of the
// package sdk. [WithKeyRing] has keys that change while the service runs, and
// [WithDigests] refuses signatures in SHA-1.
//
// # Who gets the signed headers
//
// Whoever sees a signed header can replay it, and so make the cloud record
// traces. [WithTrusted] says which requests go to the cloud; no other carries
// the signed headers, whoever set them. Without it, a request that the program
// itself makes is trusted, and one that follows a redirect is only where it
// goes to the same scheme, host and port as the request that the program made.
// A request whose Host is not that of its URL goes to both, and both have to be
// trusted. Where a key was given and a request is not signed because of its
// Host, or because there is no OpenTelemetry SDK, OpenTelemetry's error handler
// (otel.Handle) is told once.
// The W3C headers go to every host, as OpenTelemetry's propagators have it.
//
// # What is recorded
//
// Spans and metrics are those of OpenTelemetry's HTTP conventions. What comes
// from outside reaches them in UTF-8, and URLs, paths and the texts of errors
// without user names, passwords, tokens and signatures.
package otelhttp
