// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
)

const serverHeader = "simcloud (simulated OpenStack)"

// service is an HTTP API behind a port of its own.
type service struct {
	cloud    *Cloud
	kind     string // its type in the catalog
	process  *process
	url      string
	listener net.Listener
	server   *http.Server

	versions  map[string]versions // by path
	handler   http.Handler        // for all other requests
	requestID func(global string) string
	traced    bool
}

func (c *Cloud) listen(kind, process string) (*service, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &service{
		cloud:     c,
		kind:      kind,
		process:   c.newProcess(process, newToken()),
		url:       "http://" + listener.Addr().String(),
		listener:  listener,
		requestID: ownRequestID,
		traced:    true,
	}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	c.services = append(c.services, s)
	return s, nil
}

// ServeHTTP is the pipeline that every request goes through.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.cloud.handlers.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.cloud.handlers.leave()

	t, key, err := s.cloud.acceptedBy(s.kind).SignedUnpack(joined(r, hmac.HeaderInfo), joined(r, hmac.HeaderHMAC))
	signed := err == nil
	request := s.cloud.arrived(s, r, signed, t)
	if request.Caller == "" && s.cloud.intercepted(s, w, r) {
		return
	}
	w.Header().Set("Server", serverHeader)
	w.Header().Set(httpheader.RequestID, request.ID)
	if v, ok := s.versions[strings.TrimSuffix(r.URL.Path, "/")]; ok && r.Method == http.MethodGet {
		writeJSON(w, v.status, v.document)
		return
	}

	ctx := context.WithValue(r.Context(), requestContextKey{}, requestContext{
		id:       request.ID,
		globalID: request.GlobalID,
		token:    r.Header.Get("X-Auth-Token"),
	})
	if !s.traced {
		s.handler.ServeHTTP(w, r.WithContext(ctx))
		return
	}
	if signed {
		ctx = profiled(ctx, t, key)
	}
	ctx, span := s.process.wsgi(r.WithContext(ctx))
	s.cloud.wait(ctx, time.Millisecond)
	a := answer{ResponseWriter: w, status: http.StatusOK}
	s.handler.ServeHTTP(&a, r.WithContext(ctx))
	span.End()
	a.send()
}

// answer keeps a response until the request's point has ended. In WSGI the
// point ends before anything is sent.
type answer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (a *answer) WriteHeader(status int)         { a.status = status }
func (a *answer) Write(body []byte) (int, error) { return a.body.Write(body) }

func (a *answer) send() {
	if a.status != http.StatusNoContent {
		a.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	}
	a.ResponseWriter.WriteHeader(a.status)
	_, _ = a.body.WriteTo(a.ResponseWriter) // the caller may not be there any more
}

// joined returns a header as WSGI hands it over, which joins several values.
func joined(r *http.Request, header string) string {
	return strings.Join(r.Header.Values(header), ",")
}

// requestContext has what a service knows about the request for which it works.
type requestContext struct {
	id       string
	globalID string
	token    string
}

type requestContextKey struct{}

func requestOf(ctx context.Context) requestContext {
	return ctx.Value(requestContextKey{}).(requestContext)
}

// authenticated asks Keystone to validate the token of every request before h
// gets the request, as keystonemiddleware's auth_token does.
func (s *service) authenticated(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("X-Auth-Token")
		if token == "" {
			s.unauthorized(w)
			return
		}
		status, err := s.process.do(r.Context(), call{
			method: http.MethodGet, url: s.cloud.Endpoint("identity") + "/auth/tokens",
			token: s.process.token, subjectToken: token,
		}, nil)
		switch {
		case err != nil || status >= http.StatusInternalServerError:
			writeJSON(w, http.StatusServiceUnavailable, object{"message": "The Keystone service is temporarily unavailable."})
		case status != http.StatusOK:
			s.unauthorized(w)
		default:
			h.ServeHTTP(w, r)
		}
	})
}

func (s *service) unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Keystone uri="`+strings.TrimSuffix(s.cloud.AuthURL(), "/v3")+`"`)
	writeJSON(w, http.StatusUnauthorized, object{"error": object{
		"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication.",
	}})
}

// object is a JSON object.
type object = map[string]any

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body)
}

// readJSON reads a request's body and reports whether it is JSON.
func readJSON(r *http.Request, into any) bool {
	return json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(into) == nil
}

// filter returns the records whose fields have the values in the query. The
// rest of the query is ignored.
func filter(records []object, query url.Values, fields ...string) []object {
	found := []object{}
	for _, record := range records {
		if !slices.ContainsFunc(fields, func(field string) bool {
			return query.Has(field) && !slices.Contains(query[field], record[field].(string))
		}) {
			found = append(found, record)
		}
	}
	return found
}

// find returns the record with an id, or nil.
func find(records []object, id string) object {
	i := slices.IndexFunc(records, func(record object) bool { return record["id"] == id })
	if i < 0 {
		return nil
	}
	return records[i]
}
