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
// propagation, otelhttp, gophercloudtrace or osprofile. Signing and verifying
// by hand is
//
//	key, err := hmac.NewKey(secret)
//	if err != nil {
//		return err
//	}
//	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: id, ParentID: id})
//	req.Header.Set(hmac.HeaderInfo, info)
//	req.Header.Set(hmac.HeaderHMAC, mac)
//
// and, in a service,
//
//	trace, key, err := keys.SignedUnpack(r.Header.Get(hmac.HeaderInfo), r.Header.Get(hmac.HeaderHMAC))
//
// # Either digest
//
// Every released OSProfiler, 4.4 included, signs and verifies with SHA-1.
// OSProfiler's development branch changes to SHA-256, and accepts SHA-1 for a
// while yet. A [Key] verifies both, which the length of X-Trace-HMAC tells
// apart, and signs with SHA-1 unless it is told otherwise:
//
//	key, err := hmac.NewKey(secret, hmac.SHA256, hmac.SHA1) // signs with SHA-256, verifies both
//	key, err := hmac.NewKey(secret, hmac.SHA256)            // refuses SHA-1
//
// What goes on from a request that was verified is signed with the same secret
// and the same digest: that is the key that [Keys.SignedUnpack] returns. The
// environment variable OSTRACE_HMAC_DIGESTS is such a list, for [KeyFromEnv]
// and [KeysFromEnv].
//
// In Go's FIPS 140-only mode (GODEBUG=fips140=only) there is SHA-256 alone, and
// a secret has at least 14 bytes.
//
// # What is OSProfiler's, and what is not
//
// What is produced and accepted is what OSProfiler's own code produces and
// accepts (osprofiler/_utils.py, signed_pack and signed_unpack, and
// osprofiler/web.py, WsgiMiddleware), but for these differences, none of which
// a request of OSProfiler's own clients can meet:
//
//   - A header over [MaxHeaderBytes] is refused before anything is computed.
//   - Python's json module reads more than JSON (RFC 8259): NaN, Infinity and
//     -Infinity are refused here, and a lone surrogate in an id becomes U+FFFD.
//   - JSON nested deeper than Python's recursion limit, about 1,000 levels, is
//     accepted here.
//   - An id that is not a JSON string is kept as its JSON text.
//   - Where Python makes an id in place of an empty base_id, the id returned
//     here is empty.
//   - Where Python raises an exception, because X-Trace-HMAC is not ASCII, and
//     its service fails with it, the request is unsigned here.
//
// White space around X-Trace-HMAC is what Python's str.strip removes of the
// characters that WSGI makes of a header, one of each byte: the byte 0xA0, a
// no-break space in Latin-1, is white space, and the two bytes of U+00A0 in
// UTF-8 are not.
package hmac
