// SPDX-License-Identifier: Apache-2.0

package front

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"

	"github.com/ostrace/ostrace/hmac"
)

// HMACKey is the key that the cloud's services have for OSProfiler.
const HMACKey = "SECRET_KEY"

// Front is a server in front of the services, until it is closed.
type Front struct {
	// CACert is a file with the certificate of the authority that has signed
	// the front's certificate.
	CACert string
	// Auth are the credentials of the cloud's administrator, for the front.
	Auth gophercloud.AuthOptions

	server *http.Server
	own    http.ServeMux
	keys   hmac.Keys
	region *region

	mu       sync.Mutex
	requests []*Request
}

// StateFolder is the folder in which test/openstack keeps its clouds.
func StateFolder() string {
	return cmp.Or(os.Getenv("OSTRACE_OPENSTACK_STATE"), "/var/lib/ostrace-openstack")
}

// Start starts a front for the services of the running cloud. It has to be called in
// WithNames. It writes the file CACert into the folder.
func Start(ctx context.Context, folder string) (front *Front, err error) {
	auth, _, _, err := clouds.Parse(clouds.WithLocations(filepath.Join(StateFolder(), "clouds.yaml")), clouds.WithCloudName("ostrace"))
	if err != nil {
		return nil, fmt.Errorf("OpenStack was not brought up by test/openstack/openstack: %w", err)
	}
	keys, err := hmac.ParseKeys(HMACKey)
	if err != nil {
		return nil, err
	}
	certificate, authority, err := newCertificate()
	if err != nil {
		return nil, err
	}
	f := &Front{CACert: filepath.Join(folder, "cloud-ca.pem"), Auth: auth, keys: keys}
	f.Auth.IdentityEndpoint = "https://identity" + domain + "/v3"
	if err := os.WriteFile(f.CACert, authority, 0o600); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address+":443")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, listener.Close())
		}
	}()
	services, err := f.publish(ctx, auth)
	if err != nil {
		return nil, fmt.Errorf("region %s: %w", Region, err)
	}
	f.server = &http.Server{
		Handler:           f.handler(services),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	go func() { _ = f.server.ServeTLS(listener, "", "") }() // it returns after Close
	return f, nil
}

// Close removes the front's region from the catalog, and ends the front.
func (f *Front) Close() error {
	return errors.Join(f.region.remove(), f.server.Close())
}

// Handle makes the front itself answer the requests that match a pattern of
// http.ServeMux, instead of a service. It must be called before the first request.
func (f *Front) Handle(pattern string, handler http.Handler) { f.own.Handle(pattern, handler) }

// handler passes each request on to the service of its host.
func (f *Front) handler(services map[string]*url.URL) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(services[r.In.Host])
			r.Out.Host = r.In.Host
			r.SetXForwarded()
		},
		// uwsgi closes each connection after its answer.
		Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := f.own.Handler(r); pattern != "" {
			f.own.ServeHTTP(w, r)
			return
		}
		if services[r.Host] == nil {
			http.Error(w, "no service has the name "+r.Host, http.StatusMisdirectedRequest)
			return
		}
		entry := f.newRequest(r)
		f.mu.Lock()
		f.requests = append(f.requests, entry)
		f.mu.Unlock()
		proxy.ServeHTTP(&statusWriter{w, func(status int) {
			f.mu.Lock()
			defer f.mu.Unlock()
			entry.Status = status
		}}, r)
	})
}

// statusWriter reports the status of an answer before it is sent.
type statusWriter struct {
	http.ResponseWriter
	tell func(status int)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) WriteHeader(status int) {
	w.tell(status)
	w.ResponseWriter.WriteHeader(status)
}
