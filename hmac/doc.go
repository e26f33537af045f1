// Package hmac packs, signs, verifies and unpacks the two headers with which
// OSProfiler, OpenStack's profiler, switches tracing on for one request:
//
//	X-Trace-Info: base64 (URL alphabet) of {"base_id": "<uuid>", "parent_id": "<uuid>"}
//	X-Trace-HMAC: HMAC-SHA1 of that base64 text, in lower-case hex
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
//     its service fails with it, the headers count as unsigned here.
package hmac
