// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

//go:embed client.py
var clientPy string

// runner runs clients.
type runner struct {
	cloud                cloud
	createServer, python string
}

func newRunner(ctx context.Context, c cloud) (runner, error) {
	python, err := c.python()
	if err != nil {
		return runner{}, err
	}
	folder, err := os.MkdirTemp("", "record")
	if err != nil {
		return runner{}, err
	}
	program := filepath.Join(folder, "createserver")
	build := exec.CommandContext(ctx, "go", "build", "-C", "../../examples", "-o", program, "./createserver") //nolint:gosec // a folder of its own
	if output, err := build.CombinedOutput(); err != nil {
		return runner{}, errors.Join(fmt.Errorf("%w\n%s", err, output), os.RemoveAll(folder))
	}
	return runner{c, program, python}, nil
}

func (r runner) close() error { return os.RemoveAll(filepath.Dir(r.createServer)) }

// run runs a client, and returns when it has ended.
func (r runner) run(ctx context.Context, c client) (recording, error) {
	var id trace.TraceID
	_, _ = rand.Read(id[:]) // it never fails
	done := recording{client: c, baseID: propagation.BaseID(id)}
	var err error
	if c.program == "go" {
		err = r.runGo(ctx, c, id)
	} else {
		err = r.command(ctx, r.python, append([]string{"-c", clientPy, c.program, done.baseID}, c.waits...)...)
	}
	done.ended = time.Now()
	return done, err
}

// runGo runs createserver once, and again after each wait, in one trace.
func (r runner) runGo(ctx context.Context, c client, id trace.TraceID) error {
	for i := range len(c.waits) + 1 {
		if i > 0 {
			seconds, err := strconv.Atoi(c.waits[i-1])
			if err != nil {
				return err
			}
			if err := pause(ctx, time.Duration(seconds)*time.Second); err != nil {
				return err
			}
		}
		var span trace.SpanID
		_, _ = rand.Read(span[:]) // it never fails
		err := r.command(ctx, "env", fmt.Sprintf("TRACEPARENT=00-%s-%s-01", id, span), r.createServer,
			"--os-profile", "SECRET_KEY", "--image", "tiny", "--flavor", "m1.nano", "--network", "net1", "--name", "recorded")
		if err != nil {
			return err
		}
	}
	return nil
}

func (r runner) command(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // the recorder chooses them
	cmd.Env = r.cloud.environment()
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, output)
	}
	return nil
}

// pause waits like a client between its requests.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
