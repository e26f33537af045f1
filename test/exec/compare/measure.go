// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ostrace/ostrace/test/exec/front"
	"github.com/ostrace/ostrace/test/exec/programs"
)

// The ways in which a command is run.
const (
	alone   = "alone"
	unkeyed = "ostrace exec"
	keyed   = "ostrace exec, with a key and a store"
	mitm    = "mitmdump"
)

var ways = []string{alone, unkeyed, keyed, mitm}

// result is the measurement of one command in one run.
type result struct {
	run       int
	work, way string
	// whole is the time that the user waits. command is the part of it during
	// which the command itself runs.
	whole, command time.Duration
	memory         int64 // the most memory of the proxy until the command has ended, in bytes; 0 without a proxy
}

// measurement has the parts that all runs share.
type measurement struct {
	folder, ostrace, keyFile string
	cloud                    *front.Front
	environment              []string
}

func newMeasurement(folder string, cloud *front.Front, ostrace string) (*measurement, error) {
	m := &measurement{folder: filepath.Join(folder, "programs"), ostrace: ostrace, keyFile: filepath.Join(folder, "key"), cloud: cloud}
	err := os.WriteFile(m.keyFile, []byte(front.HMACKey), 0o600)
	if err != nil {
		return nil, err
	}
	m.environment, err = programs.Prepare(m.folder, cloud)
	return m, err
}

// turn does each work once in each way, in a random order.
func (m *measurement) turn(ctx context.Context, run int) (results []result, err error) {
	for _, w := range works {
		order := slices.Clone(ways)
		rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] }) //nolint:gosec // it does not have to be secret
		for _, way := range order {
			r, err := m.one(ctx, w, way)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", w.name, way, err)
			}
			r.run, r.work, r.way = run, w.name, way
			results = append(results, r)
		}
	}
	return results, nil
}

// one does one work in one way.
func (m *measurement) one(ctx context.Context, w work, way string) (r result, err error) {
	exec := []string{m.ostrace, "exec"}
	switch way {
	case alone:
		r, err = m.run(ctx, w, m.environment)
		r.memory = 0 // the command is this program's own child
		return r, err
	case unkeyed:
		return m.run(ctx, w, m.environment, append(exec, "--")...)
	case keyed:
		return m.run(ctx, w, m.environment, append(exec, "--os-profile-file", m.keyFile, "--connection-string", "redis://127.0.0.1:6379", "--")...)
	}
	proxy, err := startMitmproxy(ctx, m.cloud.CACert)
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, proxy.stop()) }()
	if r, err = m.run(ctx, w, proxy.environment(m.environment, m.cloud.CACert)); err != nil {
		return result{}, err
	}
	r.memory, err = proxy.memory()
	return r, err
}

// timed is a script that runs its arguments as a command. It prints the time that the
// command took, in nanoseconds, and the most memory, in kB, that its parent has had.
const timed = `set -e
began=$(date +%s%N)
"$@" >/dev/null
ended=$(date +%s%N)
echo $((ended - began)) $(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$PPID/status)`

func (m *measurement) run(ctx context.Context, w work, environment []string, in ...string) (r result, err error) {
	step := programs.Step{Command: append([]string{"sh", "-c", timed, "sh"}, w.command...)}
	command := step.Run(ctx, m.folder, environment, in...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	began := time.Now()
	err = command.Run()
	r.whole = time.Since(began)
	if err != nil {
		return result{}, fmt.Errorf("%w\n%s", err, &stderr)
	}
	var nanoseconds, kB int64
	if _, err := fmt.Sscan(stdout.String(), &nanoseconds, &kB); err != nil {
		return result{}, fmt.Errorf("the script printed %q: %w", &stdout, err)
	}
	r.command, r.memory = time.Duration(nanoseconds), kB*1024
	return r, nil
}

// mitmproxy is a running mitmproxy.
type mitmproxy struct {
	command *exec.Cmd
	folder  string
	address string
}

const mitmproxyAddress = "127.0.0.3:8080"

// startMitmproxy starts a mitmproxy that only forwards, as fast as it can.
func startMitmproxy(ctx context.Context, cacert string) (p *mitmproxy, err error) {
	cache, err := programs.Cache()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "mitmproxy")
	if err != nil {
		return nil, err
	}
	host, port, _ := strings.Cut(mitmproxyAddress, ":")
	p = &mitmproxy{folder: folder, address: mitmproxyAddress}
	p.command = exec.CommandContext(ctx, filepath.Join(cache, "mitmproxy/bin/mitmdump"), "--quiet", "--listen-host", host, "--listen-port", port, //nolint:gosec // the program is installed for this
		"--set", "confdir="+folder, "--set", "ssl_verify_upstream_trusted_ca="+cacert,
		// Without this option it keeps a whole body in memory.
		"--set", "stream_large_bodies=1m")
	p.command.Stderr = os.Stderr
	if err := p.command.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := listens(ctx, mitmproxyAddress); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *mitmproxy) stop() error {
	_ = p.command.Process.Kill() // it may have ended
	_ = p.command.Wait()         // its error says that it was killed
	return os.RemoveAll(p.folder)
}

// environment returns an environment in which programs use the proxy.
func (p *mitmproxy) environment(of []string, cacert string) []string {
	var changed []string
	for _, entry := range of {
		changed = append(changed, strings.ReplaceAll(entry, cacert, filepath.Join(p.folder, "mitmproxy-ca-cert.pem")))
	}
	return append(changed, "HTTPS_PROXY=http://"+p.address, "https_proxy=http://"+p.address)
}

// memory returns the most memory that the proxy has had.
func (p *mitmproxy) memory() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, value, _ := strings.Cut(string(status), "\nVmHWM:")
	var kB int64
	_, err = fmt.Sscan(value, &kB)
	return kB * 1024, err
}
