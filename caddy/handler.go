// SPDX-License-Identifier: Apache-2.0

package caddy

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"github.com/ostrace/ostrace/gateway"
)

func init() { caddy.RegisterModule(Handler{}) }

// Handler lets the app ostrace decide on each request, and passes the request on.
// A chosen request gets signed headers. The server at the end of the route
// receives these headers, and can send them again, so it must be the cloud.
type Handler struct {
	// The name of the spans. It can contain placeholders, but there should be
	// only few different names. Default: `{http.request.method}`.
	SpanName string `json:"span_name,omitempty"`

	gateway *gateway.Gateway
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.ostrace", New: func() caddy.Module { return new(Handler) }}
}

// Provision implements caddy.Provisioner.
func (h *Handler) Provision(ctx caddy.Context) error {
	app, err := ctx.AppIfConfigured("ostrace")
	if errors.Is(err, caddy.ErrNotConfigured) {
		return errors.New("the handler needs the app ostrace, which has the keys and the policy: add the global option ostrace { ... } to the Caddyfile")
	}
	if err != nil {
		return fmt.Errorf("the app ostrace: %w", err)
	}
	h.gateway = app.(*App).gateway
	return nil
}

// ServeHTTP implements caddyhttp.MiddlewareHandler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	r, decision := h.gateway.Decide(r)
	if !decision.Chosen() {
		return next.ServeHTTP(w, r)
	}
	var err error
	h.gateway.Trace(w, r.WithContext(context.WithValue(r.Context(), spanNameKey{}, h.SpanName)), decision,
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			tell(r.Context())
			err = next.ServeHTTP(w, r)
		}))
	return err
}

// tell puts the ids of a request's span into Caddy's access log and placeholders,
// as Caddy's directive tracing does.
func tell(ctx context.Context) {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return
	}
	caddyhttp.SetVar(ctx, "trace_id", span.TraceID().String())
	caddyhttp.SetVar(ctx, "span_id", span.SpanID().String())
	if extra, ok := ctx.Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields); ok {
		extra.Add(zap.String("traceID", span.TraceID().String()))
		extra.Add(zap.String("spanID", span.SpanID().String()))
	}
}

type spanNameKey struct{}

// spanName returns the name of a request's span, with the values of its
// placeholders.
func spanName(r *http.Request) string {
	name, _ := r.Context().Value(spanNameKey{}).(string)
	replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if name == "" || !ok {
		return r.Method
	}
	return replacer.ReplaceAll(name, "")
}

var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
