// SPDX-License-Identifier: Apache-2.0

package waterfall

import "testing"

func TestShorten(t *testing.T) {
	const uuid, hex = "01d2c5a4-90b1-4c6e-8f00-0123456789ab", "01D2c5a490b14c6e8f000123456789ab"
	for _, test := range []struct{ name, short, kind string }{
		{"", "", ""},
		{"SQL_SELECT", "SQL_SELECT", "SQL_SELECT"},
		{"level 3", "level 3", "level 3"},
		{uuid, uuid, uuid},
		{"GET /v2.1/servers/{id}", "GET /v2.1/servers/{id}", "GET /v2.1/servers/{id}"},
		{"WSGI_GET_/v2.1/servers/" + uuid, "WSGI_GET_/v2.1/servers/{id}", "WSGI_GET_/v2.1/servers/{id}"},
		{"/v2.1/" + hex + "/servers/" + uuid + "/action?x=/" + uuid + " 1", "/v2.1/{id}/servers/{id}/action?x=/{id} 1", "/v2.1/{id}/servers/{id}/action?x=/{id} 1"},
		{"GET /flavors/42/x/7", "GET /flavors/42/x/7", "GET /flavors/{id}/x/{id}"},
		{"/" + uuid[1:] + "//" + uuid + "a/" + hex[:31] + "g/", "/" + uuid[1:] + "//" + uuid + "a/" + hex[:31] + "g/", "/" + uuid[1:] + "//" + uuid + "a/" + hex[:31] + "g/"},
		{"/01d2c5a4090b1-4c6e-8f00-0123456789ab", "/01d2c5a4090b1-4c6e-8f00-0123456789ab", "/01d2c5a4090b1-4c6e-8f00-0123456789ab"},
	} {
		short, kind := shorten(test.name)
		if short != test.short || kind != test.kind {
			t.Errorf("%q: %q and %q, want %q and %q", test.name, short, kind, test.short, test.kind)
		}
	}
}
