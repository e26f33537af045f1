// SPDX-License-Identifier: Apache-2.0

package searchwire

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Server is an Elasticsearch or OpenSearch server for tests.
type Server struct {
	// Address is the address on which it listens, as host:port.
	Address string
	// Mapping has the types of fields, which are keyword, text or date. For
	// other fields the server chooses the type by their first value.
	Mapping map[string]string

	mu             sync.Mutex
	product        Product
	user, password string
	intercept      func(http.ResponseWriter, *http.Request) bool
	indices        map[string]*index
	scrolls        map[string]*scroll
	lastScroll     int
}

type object map[string]any

// Start starts a server, which ends with the test. If a user is named, clients
// have to log in.
func Start(tb testing.TB, product Product, user, password string) *Server {
	tb.Helper()
	s := &Server{product: product, user: user, password: password, indices: map[string]*index{}, scrolls: map[string]*scroll{}}
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	s.Address = server.Listener.Addr().String()
	return s
}

// Become makes the server another product, with the same documents.
func (s *Server) Become(product Product) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.product = product
}

// Intercept lets a function answer the requests for which it returns true.
func (s *Server) Intercept(function func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = function
}

// Scrolls returns the number of scrolls that no client has cleared.
func (s *Server) Scrolls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.scrolls)
}

// failure is an answer which says why the request failed.
type failure struct {
	status       int
	kind, reason string
}

func (f *failure) Error() string { return f.kind + ": " + f.reason }

func illegal(format string, args ...any) error {
	return &failure{http.StatusBadRequest, "illegal_argument_exception", fmt.Sprintf(format, args...)}
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	intercept := s.intercept
	s.mu.Unlock()
	if intercept != nil && intercept(w, r) {
		return
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if s.product.Types || s.product.OpenSearch {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	}
	if !s.product.OpenSearch {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
	}
	answer, err := s.answer(r)
	if err != nil {
		f, ok := err.(*failure) //nolint:errorlint // nothing wraps it
		if !ok {
			f = &failure{http.StatusBadRequest, "parse_exception", err.Error()}
		}
		if f.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Basic realm="security" charset="UTF-8"`)
		}
		w.WriteHeader(f.status)
		cause := object{"type": f.kind, "reason": f.reason}
		answer = object{"error": object{"root_cause": []object{cause}, "type": f.kind, "reason": f.reason}, "status": f.status}
	}
	_ = json.NewEncoder(w).Encode(answer) // the client may not be there any more
}

// answer finds the function that a request is for.
func (s *Server) answer(r *http.Request) (any, error) {
	if user, password, _ := r.BasicAuth(); user != s.user || password != s.password {
		return nil, &failure{http.StatusUnauthorized, "security_exception", "unable to authenticate user [" + user + "] for REST request [" + r.URL.Path + "]"}
	}
	if err := media(r); err != nil {
		return nil, err
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	typed := len(parts) > 1 && !strings.HasPrefix(parts[0], "_") && !strings.HasPrefix(parts[1], "_")
	if typed && s.product.Types { // types have no meaning any more
		parts = slices.Delete(parts, 1, 2)
		if len(parts) == 1 {
			parts = append(parts, "_doc")
		}
	}
	switch route := r.Method + " " + strings.Join(parts[min(1, len(parts)-1):], "/"); {
	case r.URL.Path == "/" && r.Method == http.MethodGet:
		return s.product.info(), nil
	case route == "POST scroll" && parts[0] == "_search":
		return s.nextPage(r)
	case route == "DELETE scroll" && parts[0] == "_search":
		return s.clearScroll(r)
	case route == "POST _doc":
		return s.store(r, parts[0])
	case route == "POST _search":
		return s.search(r, parts[0])
	case route == "GET _field_caps":
		return s.fieldCapabilities(r, parts[0])
	}
	return object{}, &failure{http.StatusBadRequest, "illegal_argument_exception", fmt.Sprintf("no handler found for uri [%s] and method [%s]", r.URL.Path, r.Method)}
}

// media returns an error unless the request sends and accepts JSON.
func media(r *http.Request) error {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.ContentLength != 0 && kind != "application/json" {
		return &failure{http.StatusNotAcceptable, "content_type_exception", fmt.Sprintf("Content-Type header [%s] is not supported", kind)}
	}
	if accept := r.Header.Get("Accept"); accept != "" && accept != "*/*" && accept != "application/json" {
		return &failure{http.StatusNotAcceptable, "content_type_exception", fmt.Sprintf("Accept header [%s] is not supported", accept)}
	}
	return nil
}

// parameters returns a request's parameters. It returns an error for one that
// is not known.
func parameters(r *http.Request, known ...string) (map[string]string, error) {
	found := map[string]string{}
	for name, values := range r.URL.Query() {
		if !slices.Contains(known, name) || len(values) != 1 {
			return nil, illegal("request [%s] contains unrecognized parameter: [%s]", r.URL.Path, name)
		}
		found[name] = values[0]
	}
	return found, nil
}

// body reads a request's body. It returns an error for a member that is not
// known.
func body(r *http.Request, known ...string) (map[string]json.RawMessage, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if len(text) == 0 {
		return map[string]json.RawMessage{}, nil
	}
	return members(text, known...)
}

// members reads an object. It returns an error for a member that is not known.
func members(text json.RawMessage, known ...string) (found map[string]json.RawMessage, err error) {
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, &failure{http.StatusBadRequest, "parsing_exception", "Expected [START_OBJECT]: " + err.Error()}
	}
	for name := range found {
		if !slices.Contains(known, name) {
			return nil, &failure{http.StatusBadRequest, "parsing_exception", "Unknown key for a VALUE in [" + name + "]."}
		}
	}
	return found, nil
}

// member reads one member of an object into value, which is a pointer, if the
// object has the member.
func member(object map[string]json.RawMessage, name string, value any) error {
	text, found := object[name]
	if !found {
		return nil
	}
	if err := json.Unmarshal(text, value); err != nil {
		return &failure{http.StatusBadRequest, "x_content_parse_exception", "[" + name + "] " + err.Error()}
	}
	return nil
}
