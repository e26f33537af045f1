// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
)

// upstream answers as clouds do, and with worse answers too.
func upstream() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(httpheader.RequestID, requestID)
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
		w.WriteHeader(http.StatusCreated)
		io.Copy(w, r.Body)
	})
	mux.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/error", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no valid host", http.StatusInternalServerError)
	})
	mux.HandleFunc("/early", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusOK)
	})
	mux.HandleFunc("/trailer", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Trailer", "Md5")
		fmt.Fprintf(w, "%s %s", body, r.Trailer.Get("Sum"))
		w.Header().Set("Md5", "x")
	})
	mux.HandleFunc("/aborted", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "half")
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/upgrade", func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer conn.Close()
		fmt.Fprint(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: console\r\n\r\n")
		buffered.Flush()
		line, _ := buffered.ReadString('\n')
		fmt.Fprint(buffered, strings.ToUpper(line))
		buffered.Flush()
	})
	return mux
}

// answered holds the parts of an answer that a client sees.
type answered struct {
	Status  int
	Header  http.Header
	Body    string
	Trailer http.Header
	Hints   []string
	Failed  bool
}

func ask(t *testing.T, client *http.Client, method, target string, body io.Reader, trailer http.Header) (a answered) {
	t.Helper()
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
		a.Hints = append(a.Hints, fmt.Sprint(code, header))
		return nil
	}})
	r, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Trailer = trailer
	resp, err := client.Do(r)
	if err != nil {
		a.Failed = true
		return a
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	a.Status, a.Header, a.Body, a.Trailer, a.Failed = resp.StatusCode, resp.Header, string(read), resp.Trailer, err != nil
	return a
}

// startFronts returns servers in front of the same upstream: one without a gateway,
// one whose gateway chooses no request, and one whose gateway chooses all.
func startFronts(t *testing.T) map[string]*httptest.Server {
	t.Helper()
	service := httptest.NewServer(upstream())
	t.Cleanup(service.Close)
	address, err := url.Parse(service.URL)
	if err != nil {
		t.Fatal(err)
	}
	var proxy http.Handler = &httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(address) },
		ErrorLog: quiet,
	}
	provider, _ := tracers()
	servers := map[string]*httptest.Server{}
	for name, handler := range map[string]http.Handler{
		"bare":       proxy,
		"nothing":    mustNew(t, Policy{}, provider).Handler(proxy),
		"everything": mustNew(t, everything, provider).Handler(proxy),
	} {
		server := httptest.NewUnstartedServer(handler)
		server.EnableHTTP2 = true
		server.Config.ErrorLog = quiet
		server.StartTLS()
		t.Cleanup(server.Close)
		servers[name] = server
	}
	return servers
}

// The rule "First, do no harm": a client sees the same answers with the gateway as
// without it.
func TestAnswersAreUnchanged(t *testing.T) {
	servers := startFronts(t)
	for name, test := range map[string]struct {
		method, path string
		body         func() io.Reader
		trailer      http.Header
	}{
		"a body":     {"POST", "/echo", func() io.Reader { return strings.NewReader(strings.Repeat("a", 1<<20)) }, nil},
		"in chunks":  {"PUT", "/echo", func() io.Reader { return io.MultiReader(strings.NewReader("a"), strings.NewReader("b")) }, nil},
		"no content": {"DELETE", "/empty", nil, nil},
		"an error":   {"GET", "/error", nil, nil},
		"a hint":     {"GET", "/early", nil, nil},
		"trailers":   {"POST", "/trailer", func() io.Reader { return io.MultiReader(strings.NewReader("a")) }, http.Header{"Sum": {"1"}}},
		"cut off":    {"GET", "/aborted", nil, nil},
		"HEAD":       {"HEAD", "/echo", nil, nil},
		"not found":  {"GET", "/", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			see := func(front string) answered {
				var body io.Reader
				if test.body != nil {
					body = test.body()
				}
				return ask(t, servers[front].Client(), test.method, servers[front].URL+test.path, body, maps.Clone(test.trailer))
			}
			want := see("bare")
			for _, front := range []string{"nothing", "everything"} {
				if got := see(front); !reflect.DeepEqual(got, want) {
					t.Errorf("through a gateway that traces %s: %.300v, without one %.300v", front, fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want))
				}
			}
		})
	}
}

// The connection of a console is no longer HTTP when it is open.
func TestUpgrade(t *testing.T) {
	for name, server := range startFronts(t) {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		secured := tlsClient(server, conn)
		fmt.Fprint(secured, "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: console\r\n\r\n")
		reader := bufio.NewReader(secured)
		resp, err := http.ReadResponse(reader, nil)
		if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%s: %v, %v", name, resp, err)
		}
		fmt.Fprint(secured, "hello\n")
		if line, err := reader.ReadString('\n'); line != "HELLO\n" {
			t.Errorf("%s: %q, %v", name, line, err)
		}
		secured.Close()
	}
}

// A part of an answer reaches the client before the rest of it exists. If the
// client goes away, the request at the service ends.
func TestStreams(t *testing.T) {
	gone := make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "first")
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(gone)
	}))
	defer service.Close()
	address, err := url.Parse(service.URL)
	if err != nil {
		t.Fatal(err)
	}
	provider, _ := tracers()
	front := httptest.NewServer(mustNew(t, everything, provider).Handler(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(address) }, FlushInterval: -1, ErrorLog: quiet,
	}))
	defer front.Close()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, front.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); line != "first\n" {
		t.Errorf("%q, %v", line, err)
	}
	cancel()
	<-gone
}

// answer is a RoundTripper without a network.
type answer struct{}

func (answer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// discard is a ResponseWriter that can be used again.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func bareProxy() http.Handler {
	return &httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}, Transport: answer{}}
}

func clientsRequest(ctx context.Context) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v2.1/servers/detail", nil)
	for _, name := range []string{"Accept", "Accept-Encoding", "User-Agent", "X-Auth-Token", "X-Openstack-Nova-Api-Version", httpheader.RequestID} {
		r.Header.Set(name, "a value of some length, as the values of headers have it")
	}
	return r
}

// The rule "Off costs nothing": the gateway makes no allocation for a request that
// is not chosen, with metrics, and with a policy that looks at all parts of it.
func TestUnchosenAllocates(t *testing.T) {
	r := clientsRequest(t.Context())
	w := &discard{http.Header{}}
	allocs := func(handler http.Handler) float64 {
		return testing.AllocsPerRun(1000, func() {
			clear(w.header)
			handler.ServeHTTP(w, r)
		})
	}
	bare := allocs(bareProxy())
	for name, handler := range gateways(t, bareProxy()) {
		if got := allocs(handler); got > bare {
			t.Errorf("%s: %v allocations, and %v without a gateway", name, got, bare)
		}
	}
}

// gateways returns handlers that do not choose a request of clientsRequest.
func gateways(t testing.TB, next http.Handler) map[string]http.Handler {
	t.Helper()
	limited := mustNew(t, Policy{Share: 1, PerMinute: 1, PerTokenPerMinute: 1}, metered())
	limited.Decide(clientsRequest(t.Context()))
	return map[string]http.Handler{
		"zero policy":  mustNew(t, Policy{}).Handler(next),
		"with metrics": mustNew(t, Policy{}, metered()).Handler(next),
		"with rules": mustNew(t, Policy{
			Share: 1e-12, PerMinute: 600, PerTokenPerMinute: 10, RequestIDs: []string{requestID}, TrustedProxies: fronts,
			Rules: []Rule{
				{Share: 1, Methods: []string{"POST"}, Paths: []string{"/v2.1/servers"}},
				{Share: 1, Paths: []string{"*/action"}},
				{Share: 1, Headers: map[string]string{"X-Debug": "yes"}},
				{Share: 1, Projects: []string{"p"}},
			},
		}, metered()).Handler(next),
		"limit reached": limited.Handler(next),
	}
}

func BenchmarkUnchosen(b *testing.B) {
	handlers := gateways(b, bareProxy())
	handlers["bare ReverseProxy"] = bareProxy()
	for name, handler := range handlers {
		b.Run(name, func(b *testing.B) { benchmark(b, handler, clientsRequest(b.Context())) })
	}
}

func BenchmarkChosen(b *testing.B) {
	provider, _ := tracers()
	b.Run("chosen", func(b *testing.B) {
		benchmark(b, mustNew(b, everything, provider, metered()).Handler(bareProxy()), clientsRequest(b.Context()))
	})
	b.Run("signed by the caller", func(b *testing.B) {
		r := clientsRequest(b.Context())
		maps.Copy(r.Header, signed(mustKey(b, "SECRET_KEY")))
		benchmark(b, mustNew(b, Policy{}, metered()).Handler(bareProxy()), r)
	})
	b.Run("forged", func(b *testing.B) {
		r := clientsRequest(b.Context())
		maps.Copy(r.Header, signed(mustKey(b, "ANOTHER_KEY", hmac.SHA256)))
		benchmark(b, mustNew(b, Policy{}, metered()).Handler(bareProxy()), r)
	})
}

func benchmark(b *testing.B, handler http.Handler, r *http.Request) {
	b.ReportAllocs()
	w := &discard{http.Header{}}
	for b.Loop() {
		clear(w.header)
		handler.ServeHTTP(w, r)
	}
}
