// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"go.opentelemetry.io/otel/trace"
)

// ids are the two ids that OSProfiler signs.
type ids struct {
	BaseID   string `json:"base_id"`
	ParentID string `json:"parent_id"`
}

// naiveSign signs in the simplest way, with a new HMAC each time and
// json.Marshal.
func naiveSign(t ids) (info, mac string) {
	packed, err := json.Marshal(t)
	if err != nil {
		panic(err)
	}
	info = base64.URLEncoding.EncodeToString(packed)
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(info))
	return info, hex.EncodeToString(h.Sum(nil))
}

// naiveVerify verifies in the simplest way.
func naiveVerify(info, mac string) (t ids, ok bool) {
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(info))
	if !hmac.Equal([]byte(hex.EncodeToString(h.Sum(nil))), []byte(mac)) {
		return ids{}, false
	}
	packed, err := base64.URLEncoding.DecodeString(info)
	if err != nil {
		return ids{}, false
	}
	return t, json.Unmarshal(packed, &t) == nil
}

// naiveTransport signs each request with the ids of its span or, without a
// span, with fixed ids. It opens no span.
type naiveTransport struct{ base http.RoundTripper }

func (t naiveTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	out := ids{baseID, parentID}
	if sc := trace.SpanContextFromContext(r.Context()); sc.IsValid() {
		traceID, spanID := sc.TraceID().String(), sc.SpanID().String()
		out = ids{uuid(traceID), uuid(traceID[:16] + spanID)}
	}
	info, mac := naiveSign(out)
	r = r.Clone(r.Context())
	r.Header.Set("X-Trace-Info", info)
	r.Header.Set("X-Trace-HMAC", mac)
	return t.base.RoundTrip(r)
}

// uuid writes 32 hex digits as a UUID.
func uuid(hex string) string {
	return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
}

type naiveKey struct{}

// naiveHandler verifies each request and puts the ids into its context. It
// opens no span.
func naiveHandler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if info, mac := r.Header.Get("X-Trace-Info"), r.Header.Get("X-Trace-HMAC"); info != "" && mac != "" {
			if t, ok := naiveVerify(info, mac); ok {
				r = r.WithContext(context.WithValue(r.Context(), naiveKey{}, t))
			}
		}
		next.ServeHTTP(w, r)
	})
}
