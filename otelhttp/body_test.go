// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// First, do no harm: a program that has its answer has its body back, and can
// seek to its beginning: nothing of it is read any more.
func TestTransportLeavesTheBodyAlone(t *testing.T) {
	for name, test := range map[string]struct {
		length int64
		extra  string
	}{
		"as long as announced": {6, ""},
		"longer":               {2, "body"},
		"shorter":              {8, ""},
	} {
		const text = "a body"
		body := strings.NewReader(text)
		send := func(body io.Reader) { // in the order of net/http's transferWriter
			sent, err := io.ReadAll(io.LimitReader(body, test.length))
			if want := text[:min(int(test.length), len(text))]; string(sent) != want || err != nil {
				t.Errorf("%s: sent %q, %v", name, sent, err)
			}
		}
		base := roundTripper(func(r *http.Request) (*http.Response, error) {
			send(r.Body)
			if test.extra == "" {
				if _, err := body.Seek(0, io.SeekStart); err != nil { // by the program, which has its answer
					t.Error(err)
				}
			}
			again, err := r.GetBody()
			if err != nil {
				t.Fatal(err)
			}
			send(again)
			for _, b := range []io.Reader{r.Body, again} {
				if extra, err := io.ReadAll(b); string(extra) != test.extra || err != nil {
					t.Errorf("%s: %q, %v behind the body", name, extra, err)
				}
			}
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
		})
		provider, _ := recorder()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://cloud.example/", body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = test.length
		resp, err := NewTransport(base, WithTracerProvider(provider)).RoundTrip(r)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %v, %v", name, resp, err)
		}
		if left, want := body.Len(), map[string]int{"": len(text), "body": 0}[test.extra]; left != want {
			t.Errorf("%s: %d bytes of the body are left, want %d", name, left, want)
		}
	}
}
