// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
)

// newForwarder returns a handler that sends a request on, and its answer back.
func (p *Proxy) newForwarder(transport http.RoundTripper) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport:     transport,
		Rewrite:       rewrite,
		FlushInterval: -1,
		BufferPool:    &buffers{},
		ErrorLog:      silent,
		ModifyResponse: func(response *http.Response) error {
			if c := clientConnFrom(response.Request.Context()); c != nil && response.ProtoMajor == 1 {
				c.setReason(response.Status, response.StatusCode)
			}
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				p.log.note(&p.log.unreachable, r.URL.Host, err)
			}
			panic(http.ErrAbortHandler) // this ends the program's connection
		},
	}
}

// rewrite undoes the changes that httputil.ReverseProxy makes for servers behind a
// reverse proxy, because this is a forward proxy.
func rewrite(r *httputil.ProxyRequest) {
	if c := clientConnFrom(r.In.Context()); c != nil && c.upstream != nil {
		r.Out.URL.Scheme, r.Out.URL.Host = c.upstream.target.Scheme, withoutDefaultPort(c.upstream.target.Scheme, c.upstream.target.Host)
	}
	r.Out.URL.RawQuery = r.In.URL.RawQuery
	r.Out.Trailer = r.In.Trailer // reading the body fills it
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values := r.In.Header[name]; values != nil {
			r.Out.Header[name] = values
		}
	}
}

func withoutDefaultPort(scheme, address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || scheme == "https" && port != "443" || scheme == "http" && port != "80" {
		return address
	}
	if net.ParseIP(host).To4() == nil && net.ParseIP(host) != nil {
		return "[" + host + "]"
	}
	return host
}

// send sends a request to the server of the connection on which it came in.
func (p *Proxy) send(r *http.Request) (*http.Response, error) {
	c := clientConnFrom(r.Context())
	switch {
	case c == nil:
		return nil, errors.New("forwardproxy: the request's context is not that of a request that came in")
	case c.upstream == nil:
		return p.plain.RoundTrip(r)
	}
	return c.upstream.transport.RoundTrip(r)
}

// serveOpened handles a request on a connection that the proxy has opened.
func (p *Proxy) serveOpened(w http.ResponseWriter, r *http.Request) {
	p.log.requests.Add(1)
	p.forward.ServeHTTP(exact(w, r), r)
}

// exactWriter keeps net/http from adding headers to an answer that the server did
// not send.
type exactWriter struct {
	http.ResponseWriter
	head bool // the answer has no body
}

func exact(w http.ResponseWriter, r *http.Request) *exactWriter {
	// Otherwise net/http would read an HTTP/1.1 request to its end before the answer.
	_ = http.NewResponseController(w).EnableFullDuplex()
	return &exactWriter{w, r.Method == http.MethodHead}
}

// Unwrap is for http.ResponseController.
func (w *exactWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements [http.ResponseWriter].
func (w *exactWriter) WriteHeader(code int) {
	if code < http.StatusOK {
		w.ResponseWriter.WriteHeader(code)
		return
	}
	header := w.Header()
	for _, name := range []string{"Date", "Content-Type"} {
		if _, ok := header[name]; !ok {
			header[name] = nil
		}
	}
	w.ResponseWriter.WriteHeader(code)
	if !w.head && code != http.StatusNoContent && code != http.StatusNotModified && header["Content-Length"] == nil {
		// Otherwise net/http would add a length to an empty body.
		_ = http.NewResponseController(w.ResponseWriter).Flush()
	}
}

// buffers is the httputil.BufferPool.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if buffer, ok := b.pool.Get().(*[]byte); ok {
		return *buffer
	}
	return make([]byte, 32<<10)
}

func (b *buffers) Put(buffer []byte) { b.pool.Put(&buffer) }
