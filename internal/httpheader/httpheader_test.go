// SPDX-License-Identifier: Apache-2.0

package httpheader

import (
	"net/http"
	"testing"

	"github.com/ostrace/ostrace/hmac"
)

func TestNamesAreCanonical(t *testing.T) {
	for name, original := range map[string]string{
		TraceInfo: hmac.HeaderInfo,
		TraceHMAC: hmac.HeaderHMAC,
		RequestID: "X-OpenStack-Request-ID", // oslo.middleware, request_id
	} {
		if want := http.CanonicalHeaderKey(original); name != want {
			t.Errorf("got %s, want %s", name, want)
		}
	}
}
