// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"net"
	netrpc "net/rpc"
	"slices"
	"strings"
	"testing"
	"time"
)

// A side in another process gets what it is told, and its rows and errors come back.
func TestSideProcess(t *testing.T) {
	here, there := net.Pipe()
	server := netrpc.NewServer()
	one := &side{
		cloud: cloud{release: "zed"}, worker: &worker{client: &client{}},
		snapshot: func() (s snapshot, err error) { return s, nil },
	}
	if err := server.Register(&Service{t.Context(), one}); err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		server.ServeConn(there)
		close(served)
	}()
	s := &sideProcess{netrpc.NewClient(here), func() error { <-served; return nil }}

	if err := s.Up(t.Context(), "native"); err == nil || !strings.Contains(err.Error(), `zed has no set-up "native"`) {
		t.Errorf("a set-up that the release lacks: %v", err)
	}
	var ran []int
	one.measurement.work, one.setup = workList, setupNamed("redis")
	for n := range 10 {
		one.tasks = append(one.tasks, func(context.Context, *worker) error {
			ran = append(ran, n)
			return nil
		})
	}
	for nth, want := range [][]int{{0, 1, 2}, {3, 4, 5}, {6, 7, 8, 9}} {
		ran = nil
		if err := s.Slice(t.Context(), nth, 3); err != nil || !slices.Equal(ran, want) {
			t.Errorf("slice %d of 3 is %v, %v", nth, ran, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	interrupted := make(chan struct{})
	one.tasks = []task{func(context.Context, *worker) error {
		cancel()
		<-interrupted
		return nil
	}}
	if err := s.Slice(ctx, 0, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted call: %v", err)
	}
	close(interrupted)
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if err := s.Slice(t.Context(), 0, 1); !errors.Is(err, netrpc.ErrShutdown) {
		t.Errorf("a call after the end: %v", err)
	}
}

func TestParseRows(t *testing.T) {
	want := []row{
		{setup: "redis", work: workServer, calls: 8, wall: 7 * time.Second, cpu: time.Second, spans: spans{1, 2, 3, 4, 5, 6}},
		{setup: "redis", work: workServer, of: ofCall + "create a server", calls: 4},
	}
	var text strings.Builder
	if err := writeRows(&text, want); err != nil {
		t.Fatal(err)
	}
	if got, err := parseRows(text.String()); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, wrong := range []string{"1,2\n", `"`, "one" + strings.Repeat(",", len(header)-1)} {
		if _, err := parseRows(wrong); err == nil {
			t.Errorf("%q are rows", wrong)
		}
	}
}
