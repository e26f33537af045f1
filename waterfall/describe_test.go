// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

func TestFunctionName(t *testing.T) {
	for _, test := range []struct{ key, value, want string }{
		{"name", "nova.compute.api.API.create", "create"},
		{"name", "oslo_messaging.rpc.server.outer.<locals>.inner", "inner"},
		{"code.function.name", "github.com/ostrace/ostrace/hmac.Key.Sign", "Sign"},
		{"code.function.name", "main", "main"},
		{"name", "a server's name", ""},
		{"name", "cirros-0.6 image", ""},
		{"name", "/v2.1/servers", ""},
		{"name", "server", ""},
		{"name", "ends.in.", ""},
		{"title", "nova.compute.api.API.create", ""},
	} {
		r := newRecorder()
		r.stubs[r.span(0, "s", "n", 0, 1)-1].Attributes = []attribute.KeyValue{
			attribute.Int("line", 1), attribute.String(test.key, test.value),
		}
		if got := functionName(r.stubs.Snapshots()[0]); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.key, test.value, got, test.want)
		}
	}
}
