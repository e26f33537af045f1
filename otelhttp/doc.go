// SPDX-License-Identifier: Apache-2.0

// Package otelhttp instruments net/http with OpenTelemetry and OSProfiler. It
// is OpenTelemetry's own
// go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp, with
// OSProfiler's signed headers beside those of the propagators.
//
// A client of OpenStack's services that does not use gophercloud needs this:
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
// A service needs this:
//
//	keys, err := hmac.KeysFromEnv() // or from its own configuration
//	if err != nil {
//		return err
//	}
//	handler := otelhttp.NewHandler(mux, "registry", otelhttp.WithHMACKeys(keys...))
//
// With the sampler of the package sdk, only a holder of a key can switch
// tracing on. [WithKeyRing] is for keys that change while the service runs, and
// [WithDigests] refuses signatures in SHA-1.
//
// # Who gets the signed headers
//
// Everybody who sees a signed header can send it again, and so make the cloud
// record traces. [WithTrusted] says which requests go to the cloud. No other
// request carries the signed headers, also if the program set them itself.
// Without this option, a request that the program itself makes is trusted. A
// request that follows a redirect is trusted only if it goes to the same
// scheme, host and port as the program's own request. A request whose Host
// differs from its URL goes to both hosts, and both must be trusted. Where a
// key was given and a request is not signed because of its Host, or because
// there is no OpenTelemetry SDK, OpenTelemetry's error handler (otel.Handle)
// gets one error.
//
// OpenTelemetry's propagators send the W3C headers to every host.
//
// # Spans and metrics
//
// Spans and metrics are those of OpenTelemetry's HTTP conventions. Texts from
// outside are made valid UTF-8 before they are recorded. User names, passwords,
// tokens and signatures are removed from URLs, paths and the texts of errors.
package otelhttp
