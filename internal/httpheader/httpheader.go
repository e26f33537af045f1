// SPDX-License-Identifier: Apache-2.0

// Package httpheader has the names of OSProfiler's and OpenStack's headers in the
// form in which net/http keeps them in an http.Header. With these names the
// header can be used as a map, and net/http makes no new string.
package httpheader

const (
	// TraceInfo has the ids of OSProfiler's trace; see hmac.HeaderInfo.
	TraceInfo = "X-Trace-Info"
	// TraceHMAC has the signature of TraceInfo; see hmac.HeaderHMAC.
	TraceHMAC = "X-Trace-Hmac"
	// RequestID has the global request id in a request, and the service's own
	// request id in a response (oslo.middleware, request_id).
	RequestID = "X-Openstack-Request-Id"
)
