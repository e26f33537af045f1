// SPDX-License-Identifier: Apache-2.0

// Package hmac packs, signs, verifies and unpacks the two headers with which
// OSProfiler, OpenStack's profiler, switches tracing on for one request:
//
//	X-Trace-Info: base64 (URL alphabet) of {"base_id": "<uuid>", "parent_id": "<uuid>"}
//	X-Trace-HMAC: HMAC-SHA1 or HMAC-SHA256 of that base64 text, in lower-case hex
//
// The key is a secret that the cloud's services have as "hmac_keys" in the
// section [profiler] of their configuration. A request that is signed with one
// of them is traced; every other request is served as if the headers were not
// there.
//
// Most programs need only [NewKey], and hand the result to the packages
// propagation, otelhttp, gophercloudtrace or osprofile. A program that signs by
// hand does it so:
//
//	key, err := hmac.NewKey(secret)
//	if err != nil {
//		return err
//	}
//	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: id, ParentID: id})
//	req.Header.Set(hmac.HeaderInfo, info)
//	req.Header.Set(hmac.HeaderHMAC, mac)
//
// A service verifies the headers so:
//
//	trace, key, err := keys.SignedUnpack(r.Header.Get(hmac.HeaderInfo), r.Header.Get(hmac.HeaderHMAC))
//
// # Either digest
//
// Every released OSProfiler, 4.4 included, signs and verifies with SHA-1.
// OSProfiler's development branch changes to SHA-256, and still accepts SHA-1
// for some time. A [Key] verifies both: the length of X-Trace-HMAC tells which
// one a request has. It signs with SHA-1 unless it is told otherwise:
//
//	key, err := hmac.NewKey(secret, hmac.SHA256, hmac.SHA1) // signs with SHA-256, verifies both
//	key, err := hmac.NewKey(secret, hmac.SHA256)            // refuses SHA-1
//
// A service signs its own requests with the secret and the digest of the
// request that it verified: [Keys.SignedUnpack] returns that key. The
// environment variable OSTRACE_HMAC_DIGESTS has such a list of digests for
// [KeyFromEnv] and [KeysFromEnv].
//
// In Go's FIPS 140-only mode (GODEBUG=fips140=only) only SHA-256 can be used,
// and only secrets of at least 14 bytes.
//
// # Differences from OSProfiler
//
// This package produces and accepts the same headers as OSProfiler's own code
// (osprofiler/_utils.py, signed_pack and signed_unpack, and osprofiler/web.py,
// WsgiMiddleware), with the following differences. None of them concerns a
// request of OSProfiler's own clients.
//
//   - A header over [MaxHeaderBytes] is refused before anything is computed.
//   - Python's json module reads some texts that are not JSON (RFC 8259). This
//     package refuses NaN, Infinity and -Infinity, and writes U+FFFD in the
//     place of a lone surrogate in an id.
//   - JSON nested deeper than Python's recursion limit, about 1,000 levels, is
//     accepted here.
//   - An id that is not a JSON string is kept as its JSON text.
//   - Where base_id is empty, Python makes an id, and this package returns an
//     empty one.
//   - Where X-Trace-HMAC is not ASCII, Python raises an exception and its
//     service fails, and this package takes the request for an unsigned one.
//
// White space around X-Trace-HMAC is ignored as in Python, where WSGI makes one
// character of each byte of a header, and str.strip removes white space. So the
// byte 0xA0 is white space, as it is a no-break space in Latin-1, and the two
// bytes of U+00A0 in UTF-8 are not.
package hmac
