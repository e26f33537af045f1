// SPDX-License-Identifier: Apache-2.0

package redirect

import (
	"net/http"
	"testing"
)

func TestChain(t *testing.T) {
	program := &http.Request{}
	once := &http.Request{Response: &http.Response{Request: program}}
	twice := &http.Request{Response: &http.Response{Request: once}}
	unknown := &http.Request{Response: &http.Response{}}
	for name, test := range map[string]struct {
		request, first *http.Request
		redirects      int
	}{
		"the program's own":       {program, program, 0},
		"redirected once":         {once, program, 1},
		"redirected twice":        {twice, program, 2},
		"from an unknown request": {unknown, nil, 1},
	} {
		if first, redirects := Chain(test.request); first != test.first || redirects != test.redirects {
			t.Errorf("%s: got %p, %d; want %p, %d", name, first, redirects, test.first, test.redirects)
		}
	}
}

// First, do no harm: a RoundTripper that returns the same response again and
// again, as a cache may, does not make the program hang.
func TestChainEnds(t *testing.T) {
	response := &http.Response{}
	request := &http.Request{Response: response}
	response.Request = request
	if first, redirects := Chain(request); first != nil || redirects != Most {
		t.Errorf("got %p, %d", first, redirects)
	}
}
