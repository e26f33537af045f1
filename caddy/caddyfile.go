// SPDX-License-Identifier: Apache-2.0

package caddy

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/ostrace/ostrace/gateway"
)

func init() {
	httpcaddyfile.RegisterGlobalOption("ostrace", parseApp)
	httpcaddyfile.RegisterHandlerDirective("ostrace", parseHandler)
	// The directive runs after authentication, rewrites and request headers, and
	// before all directives that can contain a reverse_proxy.
	httpcaddyfile.RegisterDirectiveOrder("ostrace", httpcaddyfile.Before, "invoke")
}

func parseHandler(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	return handler, handler.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile reads the directive. Syntax:
//
//	ostrace [<matcher>] [<span name>]
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		h.SpanName = d.Val()
	}
	if d.NextArg() {
		return d.ArgErr()
	}
	if d.NextBlock(0) {
		return d.Errf("the directive ostrace has no block: put its options into the global option ostrace, at the top of the Caddyfile")
	}
	return nil
}

func parseApp(d *caddyfile.Dispenser, existing any) (any, error) {
	if existing != nil {
		return nil, d.Err("there is a global option ostrace already")
	}
	app := new(App)
	if err := app.UnmarshalCaddyfile(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: "ostrace", Value: caddyconfig.JSON(app, nil)}, nil
}

// UnmarshalCaddyfile reads the global option. Syntax:
//
//	ostrace {
//		hmac_keys            {file.<path>}|{env.<name>}
//		digests              sha1|sha256...
//		share                <percentage>
//		per_minute           <number>
//		per_token_per_minute <number>
//		request_ids          <id>...
//		trusted_proxies      <address or range>...
//		traceparent          drop|restart|trust
//		trace_response
//		rule {
//			share   <percentage>
//			method  <method>...
//			path    <pattern>...
//			header  <name> <pattern>
//			project <id>...
//			user    <id>...
//		}
//	}
//
// The option rule can occur several times.
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the option's name
	if d.NextArg() {
		return d.ArgErr()
	}
	for d.NextBlock(0) {
		if err := a.unmarshalOption(d); err != nil {
			return err
		}
	}
	if a.HMACKeys == "" {
		return d.Err("ostrace needs the cloud's hmac_keys, such as: hmac_keys {file./path/of/a/file}")
	}
	if err := a.Policy.Validate(); err != nil {
		return d.WrapErr(err)
	}
	return nil
}

func (a *App) unmarshalOption(d *caddyfile.Dispenser) (err error) {
	p := &a.Policy
	switch d.Val() {
	case "hmac_keys":
		// ArgErr would show a key, for example the first one of "one, two".
		if !d.AllArgs(&a.HMACKeys) || !placeholder.MatchString(a.HMACKeys) {
			return d.WrapErr(errNotPlaceholder)
		}
	case "digests":
		a.Digests, err = texts(d)
	case "share":
		p.Share, err = percentage(d)
	case "per_minute":
		p.PerMinute, err = number(d)
	case "per_token_per_minute":
		p.PerTokenPerMinute, err = number(d)
	case "request_ids":
		p.RequestIDs, err = texts(d)
	case "trusted_proxies":
		var ranges []string
		if ranges, err = texts(d); err != nil {
			return err
		}
		for _, text := range ranges {
			prefix, err := parseRange(text)
			if err != nil {
				return d.Errf("trusted_proxies: %v", err)
			}
			p.TrustedProxies = append(p.TrustedProxies, prefix)
		}
	case "traceparent":
		var text string
		if !d.AllArgs(&text) {
			return d.ArgErr()
		}
		if err := a.Traceparent.UnmarshalText([]byte(text)); err != nil {
			return d.WrapErr(err)
		}
	case "trace_response":
		if d.NextArg() {
			return d.ArgErr()
		}
		a.TraceResponse = true
	case "rule":
		rule, err := unmarshalRule(d)
		if err != nil {
			return err
		}
		p.Rules = append(p.Rules, rule)
	default:
		return d.Errf("ostrace has no option %q: its options are hmac_keys, digests, share, per_minute, per_token_per_minute, "+
			"request_ids, trusted_proxies, traceparent, trace_response and rule", d.Val())
	}
	return err
}

func unmarshalRule(d *caddyfile.Dispenser) (rule gateway.Rule, err error) {
	if d.NextArg() {
		return rule, d.ArgErr()
	}
	hasShare := false
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		switch d.Val() {
		case "share":
			rule.Share, err = percentage(d)
			hasShare = true
		case "method":
			rule.Methods, err = texts(d)
		case "path":
			rule.Paths, err = texts(d)
		case "header":
			var name, pattern string
			if !d.AllArgs(&name, &pattern) {
				return rule, d.ArgErr()
			}
			if rule.Headers == nil {
				rule.Headers = map[string]string{}
			}
			rule.Headers[name] = pattern
		case "project":
			rule.Projects, err = texts(d)
		case "user":
			rule.Users, err = texts(d)
		default:
			return rule, d.Errf("a rule of ostrace has no option %q: its options are share, method, path, header, project and user", d.Val())
		}
		if err != nil {
			return rule, err
		}
	}
	if !hasShare {
		return rule, d.Err("a rule of ostrace needs a share, such as: share 100%")
	}
	return rule, nil
}

// texts returns the arguments of an option. There has to be at least one.
func texts(d *caddyfile.Dispenser) ([]string, error) {
	args := d.RemainingArgs()
	if len(args) == 0 {
		return nil, d.ArgErr()
	}
	return args, nil
}

func number(d *caddyfile.Dispenser) (int, error) {
	var text string
	name := d.Val()
	if !d.AllArgs(&text) {
		return 0, d.ArgErr()
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, d.Errf("%s is %q: it must be a whole number of at least 1; leave the option out to have no limit", name, text)
	}
	return n, nil
}

// percentage reads a share. The percent sign is required, because 1 could mean all
// requests or one in a hundred.
func percentage(d *caddyfile.Dispenser) (float64, error) {
	var text string
	if !d.AllArgs(&text) {
		return 0, d.ArgErr()
	}
	digits, found := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(digits, 64)
	if !found || err != nil || !(share >= 0 && share <= 100) {
		return 0, d.Errf("share is %q: write it as a percentage from 0%% to 100%%, such as 1%% or 0.1%%", text)
	}
	return share / 100, nil
}

// parseRange reads a range of addresses, or one address.
func parseRange(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

var (
	_ caddyfile.Unmarshaler = (*App)(nil)
	_ caddyfile.Unmarshaler = (*Handler)(nil)
)
