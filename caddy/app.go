// SPDX-License-Identifier: Apache-2.0

package caddy

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/ostrace/ostrace/gateway"
	"github.com/ostrace/ostrace/hmac"
)

func init() { caddy.RegisterModule(App{}) }

// App decides which requests to a cloud's APIs are traced. The handlers
// http.handlers.ostrace ask it, so that its limits hold for all of them together.
type App struct {
	// The cloud's keys, comma-separated as in OSProfiler's option hmac_keys. The
	// first one signs. It must be one placeholder, `{file./path/of/a/file}` or
	// `{env.NAME}`, so that the keys are in no configuration.
	HMACKeys string `json:"hmac_keys"`

	// The digests in which signatures are believed, `sha1` and `sha256`. The
	// first one signs. Default: both, and SHA-1 signs.
	Digests []string `json:"digests,omitempty"`

	// Which unsigned requests are traced. Default: none.
	Policy gateway.Policy `json:"policy,omitzero"`

	// What becomes of a traceparent that comes in with an unsigned request:
	// `drop`, `restart` or `trust`. Default: `drop`.
	Traceparent gateway.Traceparent `json:"traceparent,omitempty"`

	// Whether the answer to each request that was chosen names its trace, in the
	// header Traceresponse.
	TraceResponse bool `json:"trace_response,omitempty"`

	gateway   *gateway.Gateway
	telemetry *telemetry
}

// CaddyModule returns the Caddy module information.
func (App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "ostrace", New: func() caddy.Module { return new(App) }}
}

// Provision implements caddy.Provisioner.
func (a *App) Provision(ctx caddy.Context) error {
	keys, err := a.keys()
	if err != nil {
		return err
	}
	a.telemetry, err = newTelemetry(ctx)
	if err != nil {
		return err
	}
	opts := []gateway.Option{
		gateway.WithHMACKeys(keys...),
		gateway.WithTraceparent(a.Traceparent),
		gateway.WithTracerProvider(a.telemetry.tracers),
		gateway.WithMeterProvider(a.telemetry.meters),
		gateway.WithSpanNameFormatter(spanName),
	}
	if a.TraceResponse {
		opts = append(opts, gateway.WithTraceResponse())
	}
	a.gateway, err = gateway.New(a.Policy, opts...)
	return err
}

// placeholder is a text that is one placeholder for what is outside the
// configuration.
var placeholder = regexp.MustCompile(`^\{(file|env)\.[^{}]+\}$`)

var errNotPlaceholder = errors.New("hmac_keys must be one placeholder, {file./path/of/a/file} or {env.NAME}, so that no configuration shows the keys")

// keys returns the keys for which HMACKeys stands. No error shows one.
func (a *App) keys() (hmac.Keys, error) {
	if a.HMACKeys == "" {
		return nil, errors.New("hmac_keys is missing: give it one of the cloud's keys, such as {file./path/of/a/file}")
	}
	if !placeholder.MatchString(a.HMACKeys) {
		return nil, errNotPlaceholder
	}
	var digests []hmac.Digest
	for _, name := range a.Digests {
		digest, err := hmac.ParseDigest(name)
		if err != nil {
			return nil, fmt.Errorf("digests: %w", err)
		}
		digests = append(digests, digest)
	}
	list, err := caddy.NewReplacer().ReplaceOrErr(a.HMACKeys, true, true)
	if err != nil {
		return nil, fmt.Errorf("hmac_keys: there is nothing in %s", a.HMACKeys)
	}
	keys, err := hmac.ParseKeys(list, digests...)
	if err != nil {
		return nil, fmt.Errorf("hmac_keys: %s: %w", a.HMACKeys, err)
	}
	return keys, nil
}

// Start implements caddy.App.
func (*App) Start() error { return nil }

// Stop implements caddy.App.
func (*App) Stop() error { return nil }

// cleanupTimeout is how long a reload, or Caddy's end, waits for the last spans
// to be exported.
const cleanupTimeout = 5 * time.Second

// Cleanup implements caddy.CleanerUpper.
func (a *App) Cleanup() error {
	if a.telemetry == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
	defer cancel()
	return a.telemetry.shutdown(ctx)
}

var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
)
