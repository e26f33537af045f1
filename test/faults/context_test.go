// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

// One trace; first, do no harm: ids and keys that a program puts into a
// context, wherever it got them, can't add other headers to its requests, and
// can't make a request fail. The ids are sent signed, or not at all.
func TestHostileContext(t *testing.T) {
	const base, injected = "7b7e0d1c-6a5e-4f5c-9d0e-0c1c2b3a4f5e", "1\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1\r\n\r\n"
	for name, test := range map[string]struct {
		secret, base, parent, global string
	}{
		"a key with line breaks":                {"a" + injected + "b", base, base, ""},
		"a key with NUL":                        {"a\x00b", base, base, ""},
		"a key that is not ASCII":               {"ключ\u2028\U0001f600", base, base, ""},
		"a key of 1 MB":                         {strings.Repeat("k", 1<<20), base, base, ""},
		"a base id with line breaks":            {"SECRET_KEY", base + injected, base, ""},
		"a parent id with line breaks":          {"SECRET_KEY", base, injected, ""},
		"ids with NUL":                          {"SECRET_KEY", "a\x00", "\x00", ""},
		"ids that are not UTF-8":                {"SECRET_KEY", "\xff\xfe", "\xff", ""},
		"ids of 1 MB":                           {"SECRET_KEY", strings.Repeat("a", 1<<20), strings.Repeat("b", 1<<20), ""},
		"ids of zeros":                          {"SECRET_KEY", "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000", ""},
		"a global request id with line breaks":  {"SECRET_KEY", base, base, "req-" + base + injected},
		"a global request id that is not UTF-8": {"SECRET_KEY", base, base, "req-\xff"},
		"a global request id of 1 MB":           {"SECRET_KEY", base, base, "req-" + strings.Repeat("a", 1<<20)},
	} {
		for program, send := range programs {
			t.Run("a context has "+name+"/"+program, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := newNetwork(map[string]host{"*": always(response("200 OK", "{}", "Content-Length: 2"))})
					library := newLibrary(t)
					key := newKey(t, test.secret)
					ctx := propagation.ContextWithProfiler(t.Context(), propagation.Profiler{Key: key, Trace: hmac.TraceInfo{BaseID: test.base, ParentID: test.parent}})
					ctx = propagation.ContextWithGlobalRequestID(ctx, test.global)
					r := request{method: http.MethodPost, url: thing, body: "{}"}
					without, arrivedWithout := send(ctx, n.transport(), nil, r), n.arrived()
					with, arrived := send(ctx, n.transport(), library, r), n.arrived()
					if with != without || len(arrived) != 1 || arrived[0].String() != arrivedWithout[0].String() {
						t.Fatalf("without the library:\n%+v\n%v\nwith:\n%+v\n%v", without, arrivedWithout, with, arrived)
					}
					library.ended(t)
					header := arrived[0].header
					info, signed := arrived[0].signed(key)
					if signed != !strings.Contains(name, "ids of 1 MB") || signed != (header.Get(hmac.HeaderInfo) != "") || len(header.Get(hmac.HeaderInfo)) > hmac.MaxHeaderBytes {
						t.Errorf("signed: %t, for %+v", signed, info)
					}
					if id := header.Get("X-Openstack-Request-Id"); id != "" && !globalID.MatchString(id) {
						t.Errorf("the global request id is %q", id)
					}
					for _, span := range library.spans.Ended() {
						exportable(t, span)
					}
				})
			})
		}
	}
}
