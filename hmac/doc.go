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
//	key, err := hmac.NewKey(os.Getenv("OS_PROFILE"))
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
// osprofiler/web.py, WsgiMiddleware), with one addition: a header over
// [MaxHeaderBytes] is refused before anything is computed.
package hmac
