// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"net/http"
	"strings"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
)

// The names of further headers, as net/http writes them.
const (
	headerTraceparent   = "Traceparent"
	headerTracestate    = "Tracestate"
	headerTraceresponse = "Traceresponse"
	headerConnection    = "Connection"
)

// signedHeaders returns the number of header names that a service reads as one of
// OSProfiler's two. A WSGI server turns both X-Trace-Info and X_Trace_Info into
// HTTP_X_TRACE_INFO (PEP 3333; RFC 3875, section 4.1.18), so the hyphens may be
// underscores.
func signedHeaders(header http.Header) (n int) {
	for name := range header {
		if isSignedHeader(name) {
			n++
		}
	}
	return n
}

func isSignedHeader(name string) bool {
	if len(name) != len(httpheader.TraceInfo) || name[1] != '-' && name[1] != '_' || name[7] != '-' && name[7] != '_' {
		return false
	}
	return strings.EqualFold(name[:1], "X") && strings.EqualFold(name[2:7], "Trace") &&
		(strings.EqualFold(name[8:], "Info") || strings.EqualFold(name[8:], "HMAC"))
}

// verifies reports whether the two headers, as OSProfiler spells them, are signed
// with one of the keys. A header that occurs twice is not valid, because a WSGI
// server joins both values into one.
func verifies(header http.Header, keys hmac.Keys) bool {
	infos, macs := header[httpheader.TraceInfo], header[httpheader.TraceHMAC]
	if len(infos) != 1 || len(macs) != 1 {
		return false
	}
	_, _, err := keys.SignedUnpack(infos[0], macs[0])
	return err == nil
}

// without returns a copy of r without the headers for which takeOff reports true.
func without(r *http.Request, takeOff func(name string) bool) *http.Request {
	header := make(http.Header, len(r.Header))
	for name, values := range r.Header {
		if !takeOff(name) {
			header[name] = values
		}
	}
	copied := *r
	copied.Header = header
	return &copied
}

// passOn removes the names of the gateway's headers from the caller's Connection
// header. A proxy removes the headers that Connection names (RFC 9110, section
// 7.6.1), so a caller could keep its requests out of the traces in this way.
func passOn(header http.Header) {
	values, found := header[headerConnection]
	if !found {
		return
	}
	kept := make([]string, 0, len(values))
	for _, value := range values {
		for option := range strings.SplitSeq(value, ",") {
			switch option = strings.TrimSpace(option); http.CanonicalHeaderKey(option) {
			case "", httpheader.TraceInfo, httpheader.TraceHMAC, headerTraceparent, headerTracestate, httpheader.RequestID:
			default:
				kept = append(kept, option)
			}
		}
	}
	if len(kept) == 0 {
		delete(header, headerConnection)
		return
	}
	header[headerConnection] = []string{strings.Join(kept, ", ")}
}
