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

// App decides which requests to a cloud's APIs are traced. All handlers
// http.handlers.ostrace use the same App, so its limits hold for all of them
// together.
type App struct {
	// The cloud's keys, separated by commas as in OSProfiler's option hmac_keys.
	// The first key signs. The value must be one placeholder,
	// `{file./path/of/a/file}` or `{env.NAME}`, so that the configuration does
	// not show the keys.
	HMACKeys string `json:"hmac_keys"`

	// The digests that are accepted, `sha1` and `sha256`. The first one signs.
	// Default: both are accepted, and SHA-1 signs.
	Digests []string `json:"digests,omitempty"`

	// The policy that says which unsigned requests are traced. Default: none of
	// them.
	Policy gateway.Policy `json:"policy,omitzero"`

	// What happens to the traceparent of an unsigned request: `drop`, `restart`
	// or `trust`. Default: `drop`.
	Traceparent gateway.Traceparent `json:"traceparent,omitempty"`

	// Whether the answer to each chosen request names its trace, in the header
	// Traceresponse. Default: false.
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

// placeholder matches a text that is a single placeholder for a value outside the
// configuration.
var placeholder = regexp.MustCompile(`^\{(file|env)\.[^{}]+\}$`)

var errNotPlaceholder = errors.New("hmac_keys must be one placeholder, {file./path/of/a/file} or {env.NAME}, so that the configuration does not show the keys")

// keys returns the keys that the placeholder in HMACKeys names. Its errors never
// show a key.
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
		return nil, fmt.Errorf("hmac_keys: %s is missing or empty", a.HMACKeys)
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

// cleanupTimeout bounds how long Caddy waits, when it reloads or stops, until the
// last spans are exported.
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
