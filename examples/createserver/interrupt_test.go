// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"
)

// Ctrl-C at any stage ends the program with one line and the trace so far, and
// no server is left.
func TestInterrupted(t *testing.T) {
	blocked := func(interrupt func(), r *http.Request) bool {
		interrupt()
		gone(r)
		return true
	}
	for name, test := range map[string]struct {
		at    func(service string, r *http.Request) bool
		do    func(interrupt func(), r *http.Request) bool
		want  []string
		drawn string
	}{
		"while it authenticates": {
			at: func(service string, _ *http.Request) bool { return service == "identity" },
			do: blocked, want: []string{"authentication failed: interrupted"}, drawn: "authenticate",
		},
		"while it asks for versions": {
			at: func(service string, r *http.Request) bool { return service == "image" && r.URL.Path == "/" },
			do: blocked, want: []string{"image service", "interrupted"}, drawn: "find image",
		},
		"while it looks for the image": {
			at: func(service string, r *http.Request) bool { return service == "image" && r.URL.Path != "/" },
			do: blocked, want: []string{`image "tiny" can't be looked up: interrupted`}, drawn: "find image",
		},
		"before the server is created": {
			at: func(_ string, r *http.Request) bool { return isCreate(r) },
			do: func(interrupt func(), _ *http.Request) bool { interrupt(); return false },
			// The answer still comes, and says what to delete.
			want: []string{"did not become ACTIVE: interrupted"}, drawn: "delete server",
		},
		"while it watches the server": {
			at: func(_ string, r *http.Request) bool { return isShow(r) },
			do: blocked, want: []string{"did not become ACTIVE: interrupted"}, drawn: "delete server",
		},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			cloud.Intercept(func(service string, _ http.ResponseWriter, r *http.Request) bool {
				if !test.at(service, r) {
					return false
				}
				cloud.Intercept(nil)
				return test.do(interrupt, r)
			})
			r := execute(ctx, t, wanted...)
			r.failed(t, 1, test.want...)
			r.drawn(t, test.drawn)
			nothingLeft(t, cloud)
			if listed := outside(cloud, http.MethodGet, serversPath+"/detail"); len(listed) != 0 {
				t.Error("the program looked for a server whose id it had")
			}
		})
	}
}

// Ctrl-C between two looks at a server deletes it, also with --keep.
func TestInterruptedBetweenLooks(t *testing.T) {
	cloud := realCloud(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	cloud.Intercept(func(_ string, w http.ResponseWriter, r *http.Request) bool {
		if !isShow(r) {
			return false
		}
		cloud.Intercept(nil)
		answer(w, 200, `{"server": {"status": "BUILD"}}`)
		time.AfterFunc(10*time.Millisecond, interrupt)
		return true
	})
	// Without the interruption the second look would find it ACTIVE.
	r := execute(ctx, t, with("--keep")...)
	r.failed(t, 1, "did not become ACTIVE: interrupted")
	nothingLeft(t, cloud)
}

// Ctrl-C before the program has begun sends nothing to the cloud.
func TestInterruptedBeforeItBegins(t *testing.T) {
	cloud := realCloud(t)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	r := execute(ctx, t, wanted...)
	r.failed(t, 1, "interrupted")
	r.drawn(t, "authenticate")
	if len(cloud.Requests()) != 0 {
		t.Error("requests were sent")
	}
}

func TestInterruptedOnTheSimulatedCloud(t *testing.T) {
	clearEnvironment(t)
	ctx, interrupt := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer interrupt()
	var stdout, stderr buffer
	if status := run(ctx, nil, &stdout, &stderr); status != 1 {
		t.Errorf("exit status %d\n%s", status, &stderr)
	}
	result{stdout: stdout.String()}.drawn(t, "authenticate")
}

// If the answer to a server's creation is lost, the server is found and
// deleted.
func TestAnswerLost(t *testing.T) {
	shorten(t, &answerTimeout, 500*time.Millisecond)
	for name, test := range map[string]struct {
		args      []string
		interrupt bool
		// lose ends the request whose answer is lost.
		lose func(w http.ResponseWriter, r *http.Request)
		want string
	}{
		"the connection breaks": {
			lose: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, want: "EOF",
		},
		"a server with an odd name": {
			args: []string{"--name", `ö .*["\$^(x`},
			lose: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, want: "EOF",
		},
		"the answer is cut short": {
			lose: func(w http.ResponseWriter, _ *http.Request) { answer(w, 202, `{"server": {"id`) }, want: "EOF",
		},
		"the answer is empty": {
			lose: func(w http.ResponseWriter, _ *http.Request) { answer(w, 202, `{}`) }, want: "no id",
		},
		"a proxy gives up": {
			lose: func(w http.ResponseWriter, _ *http.Request) { answer(w, 504, `<html>Gateway Timeout</html>`) }, want: "Gateway Timeout (HTTP 504)",
		},
		"Ctrl-C, and no answer": {
			interrupt: true, lose: func(_ http.ResponseWriter, r *http.Request) { gone(r) }, want: "interrupted",
		},
		"too late, and no answer": {
			args: []string{"--timeout", "2s"},
			lose: func(_ http.ResponseWriter, r *http.Request) { gone(r) }, want: "--timeout 2s has passed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			others := execute(t.Context(), t, with("--keep")...) // servers of the same name
			if others.status != 0 {
				t.Fatal(others.stderr)
			}
			cloud.Intercept(func(_ string, w http.ResponseWriter, r *http.Request) bool {
				if !isCreate(r) {
					return false
				}
				cloud.Intercept(nil)
				forward(t, r)
				if len(cloud.Servers()) != 2 {
					t.Errorf("the cloud did not create the server: %q", cloud.Servers())
				}
				if test.interrupt {
					interrupt()
				}
				test.lose(w, r)
				return true
			})
			r := execute(ctx, t, with(append(test.args, "--output", "json")...)...)
			r.failed(t, 1, "was not created", test.want)
			if got := cloud.Servers(); !slices.Equal(got, []string{"createserver"}) {
				t.Errorf("the cloud has the servers %q", got)
			}
			report := r.report(t)
			if report.ServerID == "" || !slices.ContainsFunc(report.Spans, func(s spanJSON) bool { return s.Name == "delete server" }) {
				t.Errorf("the deletion is not in the report of the server %q", report.ServerID)
			}
		})
	}
}

// forward sends the request that was intercepted on to the service.
func forward(t *testing.T, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
		return
	}
	again, err := http.NewRequest(r.Method, "http://"+r.Host+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	again.Header = r.Header.Clone()
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(again)
	if err != nil {
		t.Error(err)
		return
	}
	_ = response.Body.Close()
	if response.StatusCode >= http.StatusInternalServerError {
		t.Errorf("%s %s: %s", r.Method, again.URL, response.Status)
	}
}

// Where an answer is lost and there is no server, the program looks for one for
// a while, and says that it was not created.
func TestNothingBehindTheLostAnswer(t *testing.T) {
	shorten(t, &firstPause, time.Millisecond)
	shorten(t, &answerTimeout, 500*time.Millisecond)
	cloud := realCloud(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	cloud.Intercept(func(_ string, _ http.ResponseWriter, r *http.Request) bool {
		if isCreate(r) {
			interrupt()
			gone(r)
			return true
		}
		return false
	})
	r := execute(ctx, t, wanted...)
	r.failed(t, 1, `server "createserver" was not created: interrupted`)
	r.drawn(t, "create server")
	if n := len(outside(cloud, http.MethodGet, serversPath+"/detail")); n != looks {
		t.Errorf("the program looked %d times", n)
	}
}

// Where an answer is lost and the program can't look for the server, it says
// so.
func TestNoLookBehindTheLostAnswer(t *testing.T) {
	shorten(t, &firstPause, time.Millisecond)
	cloud := realCloud(t)
	cloud.Intercept(func(service string, w http.ResponseWriter, r *http.Request) bool {
		if service != "compute" || r.URL.Path[:len(serversPath)-1] != serversPath[:len(serversPath)-1] {
			return false
		}
		answer(w, 502, ``)
		return true
	})
	execute(t.Context(), t, wanted...).failed(t, 1,
		`server "createserver" was not created: Bad Gateway (HTTP 502); look whether it exists anyway, and delete it by hand: Bad Gateway`)
}
