// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"strings"

	otelpropagation "go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

// signing makes the two values of two ids.
func signing(see func(http.Header)) []operation {
	bare := newFloor(hmac.SHA1)
	show := func(info, mac string) {
		if see != nil {
			see(http.Header{"X-Trace-Info": {info}, "X-Trace-Hmac": {mac}})
		}
	}
	return []operation{
		{"by=floor", func() { show(bare.sign()) }},
		{"by=naive", func() { show(naiveSign(ids{baseID, parentID})) }},
		{"by=osprofiler", func() { show(key.SignedPack(hmac.TraceInfo{BaseID: baseID, ParentID: parentID})) }},
	}
}

// verifying makes two ids of the two values.
func verifying(see func(http.Header)) []operation {
	bare, keys := newFloor(hmac.SHA1), hmac.Keys{key}
	show := func(base, parent string) {
		if see != nil {
			see(http.Header{"Ids": {base, parent}})
		}
	}
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: baseID, ParentID: parentID})
	forged := strings.Repeat("0", len(mac))
	// OSProfiler accepts this JSON, but does not write it itself.
	otherInfo, otherMAC := naiveSign(ids{baseID, parentID})
	huge := strings.Repeat("A", 1<<20)
	unpack := func(info, mac string) func() {
		return func() {
			if t, _, err := keys.SignedUnpack(info, mac); err == nil {
				show(t.BaseID, t.ParentID)
			}
		}
	}
	naive := func(info, mac string) func() {
		return func() {
			if t, ok := naiveVerify(info, mac); ok {
				show(t.BaseID, t.ParentID)
			}
		}
	}
	return []operation{
		{"by=floor/headers=valid", func() {
			if text, ok := bare.verify(info, mac); ok {
				show(text, "")
			}
		}},
		{"by=naive/headers=valid", naive(info, mac)},
		{"by=osprofiler/headers=valid", unpack(info, mac)},
		{"by=osprofiler/headers=unspaced", unpack(otherInfo, otherMAC)},
		{"by=naive/headers=forged", naive(info, forged)},
		{"by=osprofiler/headers=forged", unpack(info, forged)},
		{"by=osprofiler/headers=huge", unpack(huge, huge)},
		{"by=osprofiler/headers=garbage", unpack("{", strings.Repeat("g", len(mac)))},
		{"by=osprofiler/headers=absent", unpack("", "")},
	}
}

// signingSHA256 signs with SHA-256.
func signingSHA256(see func(http.Header)) []operation {
	bare := newFloor(hmac.SHA256)
	show := func(info, mac string) {
		if see != nil {
			see(http.Header{"X-Trace-Info": {info}, "X-Trace-Hmac": {mac}})
		}
	}
	return []operation{
		{"by=floor", func() { show(bare.sign()) }},
		{"by=osprofiler", func() { show(sha256Key.SignedPack(hmac.TraceInfo{BaseID: baseID, ParentID: parentID})) }},
	}
}

// verifyingSHA256 verifies with a key that has both digests.
func verifyingSHA256(see func(http.Header)) []operation {
	bare, keys := newFloor(hmac.SHA256), hmac.Keys{key}
	info, mac := sha256Key.SignedPack(hmac.TraceInfo{BaseID: baseID, ParentID: parentID})
	refusing := hmac.Keys{newKey(secret, hmac.SHA1)}
	show := func(base, parent string) {
		if see != nil {
			see(http.Header{"Ids": {base, parent}})
		}
	}
	unpack := func(keys hmac.Keys, mac string) func() {
		return func() {
			if t, _, err := keys.SignedUnpack(info, mac); err == nil {
				show(t.BaseID, t.ParentID)
			}
		}
	}
	return []operation{
		{"by=floor/headers=valid", func() {
			if text, ok := bare.verify(info, mac); ok {
				show(text, "")
			}
		}},
		{"by=osprofiler/headers=valid", unpack(keys, mac)},
		{"by=osprofiler/headers=forged", unpack(keys, strings.Repeat("0", len(mac)))},
		{"by=osprofiler/headers=refused", unpack(refusing, mac)},
	}
}

// injecting writes the headers of a span.
func injecting(see func(http.Header)) []operation {
	sampled, unsampled := inTrace(trace.FlagsSampled), inTrace(0)
	bare := newFloor(hmac.SHA1)
	header := http.Header{}
	carrier := otelpropagation.HeaderCarrier(header)
	shown := func() {
		if see != nil {
			see(header.Clone())
			clear(header)
		}
	}
	set := func(info, mac string) {
		header.Set("X-Trace-Info", info)
		header.Set("X-Trace-Hmac", mac) // the name that net/http writes, so that no new string is made
		shown()
	}
	inject := func(propagator otelpropagation.TextMapPropagator, ctx context.Context) func() {
		return func() {
			propagator.Inject(ctx, carrier)
			shown()
		}
	}
	osprofiler := propagation.NewOSProfiler(key)
	return []operation{
		{"by=floor", func() { set(bare.sign()) }},
		{"by=naive", func() { set(naiveSign(ids{baseID, parentID})) }},
		{"by=osprofiler", inject(osprofiler, sampled)},
		{"by=w3c", inject(w3c, sampled)},
		{"by=b3", inject(zipkin, sampled)},
		{"by=w3c+osprofiler", inject(composite, sampled)},
		{"by=osprofiler/span=unsampled", inject(osprofiler, unsampled)},
		{"by=w3c/span=unsampled", inject(w3c, unsampled)},
		{"by=w3c+osprofiler/span=unsampled", inject(composite, unsampled)},
		{"by=w3c+osprofiler/key=none", inject(propagation.New(), sampled)},
		{"by=osprofiler/span=none", inject(osprofiler, context.Background())},
	}
}

// extracting reads the headers of a request into a context.
func extracting(see func(http.Header)) []operation {
	ctx := context.Background()
	signedToo := alsoW3C(signed(key))
	extract := func(propagator otelpropagation.TextMapPropagator, header http.Header) func() {
		return func() {
			got := propagator.Extract(ctx, otelpropagation.HeaderCarrier(header))
			if see != nil {
				seen := http.Header{}
				sentOn.Inject(got, otelpropagation.HeaderCarrier(seen))
				see(seen)
			}
		}
	}
	return []operation{
		{"by=w3c/headers=w3c", extract(w3c, http.Header{"Traceparent": {traceparent}})},
		{"by=b3/headers=b3", extract(zipkin, http.Header{"B3": {b3Header}})},
		{"by=osprofiler/headers=valid", extract(propagation.NewOSProfiler(key), signed(key))},
		{"by=w3c+osprofiler/headers=valid", extract(composite, signedToo)},
		{"by=w3c+osprofiler/headers=forged", extract(composite, alsoW3C(signed(newKey("another"))))},
		{"by=w3c+osprofiler/headers=w3c", extract(composite, http.Header{"Traceparent": {traceparent}})},
	}
}
