// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// Changes are the differences between the program's environment and the other one.
type Changes struct {
	// Proxy is the URL of the proxy, with its password.
	Proxy *url.URL
	// CertificatePEM is a certificate that the program has to trust too.
	CertificatePEM []byte
	// Cloud is a URL that the program has to reach through the proxy. It says
	// whether NO_PROXY may name this machine.
	Cloud *url.URL
	// Set are variables to set, and Unset are variables to remove.
	Set   map[string]string
	Unset []string
}

// Environment is a program's environment, and the files that it names.
type Environment struct {
	// Environ has the variables in the form of os.Environ.
	Environ []string

	folder *folder
}

// New makes the environment of a program from another environment, and from the
// certificates that programs trust in that one. It returns an error of the operating
// system if the files can't be written.
func New(environ []string, roots *Roots, changes Changes) (*Environment, error) {
	folder, err := newFolder()
	if err != nil {
		return nil, err
	}
	e := &Environment{folder: folder}
	if e.Environ, err = e.build(environ, roots, changes); err != nil {
		e.Remove()
		return nil, err
	}
	return e, nil
}

// Remove removes the files.
func (e *Environment) Remove() { e.folder.remove() }

func (e *Environment) build(environ []string, roots *Roots, changes Changes) ([]string, error) {
	// The proxy's certificate comes first, for programs that read only one.
	bundle, err := e.folder.write("ca-certificates.pem", slices.Concat(changes.CertificatePEM, roots.blocks.Bytes()))
	if err != nil {
		return nil, err
	}
	set := map[string]string{"NODE_USE_ENV_PROXY": "1"}
	for _, name := range rootVariables {
		set[name] = bundle
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		set[name] = changes.Proxy.String()
	}
	unset := slices.Clone(changes.Unset)
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		if kept := keptDirect(lookup(environ, name), changes.Cloud); kept != "" {
			set[name] = kept
		} else {
			unset = append(unset, name)
		}
	}
	copied, err := e.copyClouds(readClouds(environ), bundle)
	if err != nil {
		return nil, err
	}
	if copied != "" {
		set["OS_CLIENT_CONFIG_FILE"] = filepath.ToSlash(copied) // gophercloud finds the folder only so
	}
	maps.Copy(set, changes.Set)
	return with(environ, set, unset), nil
}

// copyClouds copies clouds.yaml if it has to name the bundle, and returns the name
// of the copy. gophercloud looks for secure.yaml in the same folder.
func (e *Environment) copyClouds(c *clouds, bundle string) (string, error) {
	content, err := c.withBundle(bundle)
	if err != nil {
		return "", fmt.Errorf("%s can't be copied: %w", c.path, err)
	}
	if content == nil {
		return "", nil
	}
	if err := e.folder.link("secure.yaml", filepath.Join(filepath.Dir(c.path), "secure.yaml")); err != nil {
		return "", err
	}
	return e.folder.write("clouds.yaml", content)
}

// with returns the environment with some variables set and others removed.
func with(environ []string, set map[string]string, unset []string) []string {
	changed := Without(environ, slices.AppendSeq(slices.Clone(unset), maps.Keys(set)))
	kept := len(changed)
	for name, value := range set {
		changed = append(changed, name+"="+value)
	}
	slices.Sort(changed[kept:])
	return changed
}

// Without returns an environment, in the form of os.Environ, without the variables
// with some names.
func Without(environ, names []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.ContainsFunc(names, func(other string) bool { return sameName(name, other) })
	})
}

// keptDirect returns the entries of NO_PROXY that stay: the names of this machine,
// unless they cover the cloud.
func keptDirect(noProxy string, cloud *url.URL) string {
	var kept []string
	for entry := range strings.SplitSeq(noProxy, ",") {
		entry = strings.TrimSpace(entry)
		if isLoopback(entry) && !covers(entry, cloud) {
			kept = append(kept, entry)
		}
	}
	return strings.Join(kept, ",")
}

func isLoopback(entry string) bool {
	host, _, err := net.SplitHostPort(entry)
	if err != nil {
		host = strings.Trim(entry, "[]")
	}
	if strings.EqualFold(strings.TrimPrefix(host, "."), "localhost") {
		return true
	}
	if ip, network, err := net.ParseCIDR(host); err == nil {
		ones, _ := network.Mask.Size()
		return ip.IsLoopback() && ones >= 8
	}
	return net.ParseIP(host).IsLoopback()
}

// covers reports whether an entry of NO_PROXY covers a URL's host.
func covers(entry string, u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	if net.ParseIP(host).IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true // httpproxy never sends these to a proxy, whatever the entry is
	}
	config := httpproxy.Config{HTTPProxy: "http://proxy.invalid", HTTPSProxy: "http://proxy.invalid", NoProxy: entry}
	via, err := config.ProxyFunc()(u)
	return err == nil && via == nil
}
