// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// First, do no harm: a context that ends at any stage of a request ends the
// request as it would without the library, and at the same time.
func TestCancelled(t *testing.T) {
	reason := errors.New("the program's reason")
	const (
		plain    = "*errors.errorString"
		deadline = "context.deadlineExceededError"
	)
	stalled := answer{text: response("200 OK", `{"thing"`, "Content-Length: 100"), stall: true}
	for stage, test := range map[string]struct {
		// arrange makes cancel be called at its stage.
		arrange func(n *network, r *request, cancel func())
		answer  answer
		status  string // the status in the span
	}{
		"before the request":            {func(_ *network, _ *request, cancel func()) { cancel() }, stalled, "0"},
		"while it connects":             {func(n *network, _ *request, cancel func()) { n.stallDials(cancel) }, stalled, "0"},
		"while it waits for the header": {nil, answer{stall: true}, "0"},
		"in the middle of the header":   {nil, answer{text: "HTTP/1.1 200 OK\r\nConte", stall: true}, "0"},
		"while it reads the body":       {func(_ *network, r *request, cancel func()) { r.read = cancel }, stalled, "200"},
	} {
		for how, end := range map[string]struct {
			context   func(context.Context) (context.Context, func())
			errorType string
		}{
			"the program gives up": {func(ctx context.Context) (context.Context, func()) {
				ctx, cancel := context.WithCancel(ctx)
				return ctx, cancel
			}, plain},
			"the program gives up, and says why": {func(ctx context.Context) (context.Context, func()) {
				ctx, cancel := context.WithCancelCause(ctx)
				return ctx, func() { cancel(reason) }
			}, plain},
			"the program's time is over": {func(ctx context.Context) (context.Context, func()) {
				ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
				context.AfterFunc(ctx, cancel)
				return ctx, func() { <-ctx.Done() }
			}, deadline},
			"the program's time is over, and it says why": {func(ctx context.Context) (context.Context, func()) {
				ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Second, reason)
				context.AfterFunc(ctx, cancel)
				return ctx, func() { <-ctx.Done() }
			}, plain}, // the type of the reason
		} {
			for program := range programs {
				t.Run(how+"/"+stage+"/"+program, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						n := newNetwork(nil)
						defer close(n.done)
						r := &request{method: http.MethodGet, url: thing}
						var cancel func()
						n.hosts = map[string]host{"cloud.example:80": func(int, *http.Request) answer {
							if test.arrange == nil {
								// By then the client waits for the rest of the
								// answer.
								time.AfterFunc(time.Second, cancel)
							}
							return test.answer
						}}
						ctx := func(ctx context.Context) (context.Context, context.CancelFunc) {
							ctx, cancel = end.context(ctx)
							if test.arrange != nil {
								test.arrange(n, r, cancel)
							}
							return ctx, func() { cancel() }
						}
						compare(t, program, n, func() http.RoundTripper { return n.transport() }, r, ctx, []string{test.status + " Error " + end.errorType})
					})
				})
			}
		}
	}
}
