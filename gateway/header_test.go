// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"strings"
	"testing"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
)

// Whatever name and value a header has, no service takes a request that is passed
// on as unsigned for a signed one.
func FuzzSignedHeaders(f *testing.F) {
	key := mustKey(f, "SECRET_KEY")
	ours := signed(key)
	f.Add(httpheader.TraceInfo, ours.Get(httpheader.TraceInfo), httpheader.TraceHMAC, ours.Get(httpheader.TraceHMAC))
	f.Add("X_trace_info", "a", "x-TRACE_hmac", "b")
	f.Add("X-Trace-Info", "a", "X-Trace-Hmac", "")
	g := mustNew(f, Policy{})
	f.Fuzz(func(t *testing.T, name, value, name2, value2 string) {
		passed, decision, _ := pass(t, g, header(name, value, name2, value2))
		for name := range passed.Header {
			// This is how uWSGI and eventlet name the WSGI variable.
			variable := strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
			if (variable == "X_TRACE_INFO" || variable == "X_TRACE_HMAC") && decision != DecisionSigned {
				t.Errorf("%q was passed on", name)
			}
		}
		if decision == DecisionSigned && !verifies(passed.Header, hmac.Keys{key}) {
			t.Errorf("passed on as signed with %v", passed.Header)
		}
	})
}
