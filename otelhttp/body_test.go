// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// First, do no harm: after the answer a program can use its body again, and
// seek to its beginning, because the body is not read any more.
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
		send := func(body io.Reader) { // reads in the order of net/http's transferWriter
			sent, err := io.ReadAll(io.LimitReader(body, test.length))
			if want := text[:min(int(test.length), len(text))]; string(sent) != want || err != nil {
				t.Errorf("%s: sent %q, %v", name, sent, err)
			}
		}
		base := roundTripper(func(r *http.Request) (*http.Response, error) {
			send(r.Body)
			if test.extra == "" {
				if _, err := body.Seek(0, io.SeekStart); err != nil { // the program does this after the answer
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

// First, do no harm: a request without a body stays one, and the base RoundTripper
// finds the GetBody that the program has set, with its errors, or none.
func TestTransportLeavesOtherBodiesAsTheyAre(t *testing.T) {
	failure := errors.New("no second body")
	text := func() io.ReadCloser { return io.NopCloser(strings.NewReader("a body")) }
	for name, test := range map[string]struct {
		body    io.ReadCloser
		getBody func() (io.ReadCloser, error)
		length  int64
		again   io.ReadCloser // of GetBody
		err     error
	}{
		"no body":             {nil, func() (io.ReadCloser, error) { return http.NoBody, nil }, 0, http.NoBody, nil},
		"none, of a length":   {nil, func() (io.ReadCloser, error) { return nil, nil }, 6, nil, nil},
		"NoBody":              {http.NoBody, func() (io.ReadCloser, error) { return http.NoBody, nil }, 0, http.NoBody, nil},
		"NoBody, of a length": {http.NoBody, func() (io.ReadCloser, error) { return http.NoBody, nil }, 6, http.NoBody, nil},
		"GetBody fails":       {text(), func() (io.ReadCloser, error) { return nil, failure }, 6, nil, failure},
		"GetBody gives none":  {text(), func() (io.ReadCloser, error) { return nil, nil }, 6, nil, nil},
		"then NoBody":         {text(), func() (io.ReadCloser, error) { return http.NoBody, nil }, 6, http.NoBody, nil},
		"once":                {text(), nil, 6, nil, nil},
		"once, of any length": {text(), nil, -1, nil, nil},
	} {
		base := roundTripper(func(r *http.Request) (*http.Response, error) {
			if (r.Body == nil) != (test.body == nil) || (r.Body == http.NoBody) != (test.body == http.NoBody) {
				t.Errorf("%s: the body is %v", name, r.Body)
			}
			if r.Body != nil && r.Body != http.NoBody {
				if sent, err := io.ReadAll(r.Body); string(sent) != "a body" || err != nil {
					t.Errorf("%s: sent %q, %v", name, sent, err)
				}
			}
			if (r.GetBody == nil) != (test.getBody == nil) {
				t.Errorf("%s: there is a GetBody: %v", name, r.GetBody != nil)
			} else if r.GetBody != nil {
				if again, err := r.GetBody(); again != test.again || err != test.err { //nolint:errorlint // the same value
					t.Errorf("%s: GetBody returns %v, %v", name, again, err)
				}
			}
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
		})
		provider, _ := recorder()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://cloud.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Body, r.GetBody, r.ContentLength = test.body, test.getBody, test.length
		if _, err := NewTransport(base, WithTracerProvider(provider)).RoundTrip(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A body is read to its end together with its last byte, also when it is sent
// again. What comes after the announced length is not lost by a read into an empty
// buffer.
func TestTransportReadsToTheEnd(t *testing.T) {
	for text, behind := range map[string]string{"a body": "", "a body that is longer": " that is longer"} {
		bodies := []*endReader{{Reader: iotest.OneByteReader(strings.NewReader(text))}, {Reader: iotest.HalfReader(strings.NewReader(text))}}
		base := roundTripper(func(r *http.Request) (*http.Response, error) {
			again, err := r.GetBody()
			if err != nil {
				t.Fatal(err)
			}
			for i, body := range []io.ReadCloser{r.Body, again} {
				sent := make([]byte, 6)
				if _, err := io.ReadFull(body, sent); string(sent) != "a body" || err != nil {
					t.Errorf("sent %q, %v", sent, err)
				}
				if bodies[i].ended != (behind == "") {
					t.Errorf("body %d of %q was read to its end: %v", i, text, bodies[i].ended)
				}
				if n, err := body.Read(nil); n != 0 || err != nil && err != io.EOF {
					t.Errorf("a read of nothing returns %d, %v", n, err)
				}
				if rest, err := io.ReadAll(body); string(rest) != behind || err != nil {
					t.Errorf("behind the end is %q, %v", rest, err)
				}
			}
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
		})
		provider, _ := recorder()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://cloud.example/", io.NopCloser(bodies[0]))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = 6
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bodies[1]), nil }
		if _, err := NewTransport(base, WithTracerProvider(provider)).RoundTrip(r); err != nil {
			t.Fatal(err)
		}
	}
}

// endReader notes whether it was read to its end.
type endReader struct {
	io.Reader
	ended bool
}

func (r *endReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.ended = r.ended || errors.Is(err, io.EOF)
	return n, err
}
