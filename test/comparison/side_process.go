// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	netrpc "net/rpc"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// sideRole is the role of a process that has a side. It has a network of its own,
// because the clouds listen at the same ports.
const sideRole = "side"

// sideProcess is a side in another process.
type sideProcess struct {
	client *netrpc.Client
	wait   func() error
}

// startSide starts this program as a side, with the cloud in a state folder. Packages
// are installed first, because the side has no network.
func startSide(ctx context.Context, release, state string) (*sideProcess, error) {
	c := cloud{release: release, state: state}
	if err := c.script(ctx, "install", "RELEASE="+release); err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, "-release", release) //nolint:gosec,noctx // this program, which ends with its standard input
	command.Env = append(os.Environ(), roleVariable+"="+sideRole, stateVariable+"="+state)
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Cloneflags: syscall.CLONE_NEWNET}
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("a network of its own needs root: %w", err)
	}
	return &sideProcess{netrpc.NewClient(pipes{stdout, stdin}), command.Wait}, nil
}

// stop stops the cloud and the process.
func (s *sideProcess) stop() error { return errors.Join(s.client.Close(), s.wait()) }

func (s *sideProcess) call(ctx context.Context, method string, args, reply any) error {
	call := s.client.Go("Service."+method, args, reply, make(chan *netrpc.Call, 1))
	select {
	case <-call.Done:
		return call.Error
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *sideProcess) Up(ctx context.Context, setup string) error {
	return s.call(ctx, "Up", setup, new(bool))
}

func (s *sideProcess) Begin(ctx context.Context, work string, of size) error {
	return s.call(ctx, "Begin", Beginning{work, of.passes, of.servers, of.commands}, new(bool))
}

func (s *sideProcess) Slice(ctx context.Context, nth, of int) error {
	return s.call(ctx, "Slice", Slice{nth, of}, new(bool))
}

func (s *sideProcess) End(ctx context.Context) ([]row, error) {
	var text string
	if err := s.call(ctx, "End", true, &text); err != nil {
		return nil, err
	}
	return parseRows(text)
}

func parseRows(text string) ([]row, error) {
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, fields := range lines {
		r, err := parseRow(fields)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// pipes are a process's standard input and output.
type pipes struct {
	io.ReadCloser
	to io.WriteCloser
}

func (p pipes) Write(text []byte) (int, error) { return p.to.Write(text) }
func (p pipes) Close() error                   { return errors.Join(p.to.Close(), p.ReadCloser.Close()) }

// serveSide runs in the started process until its standard input ends.
func serveSide(release string) error {
	// Otherwise the answer to a caller who has ended would end this process, and its cloud
	// would be left. The cloud's processes would inherit an ignored signal.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	if err := loopbackUp(); err != nil {
		return err
	}
	c := newCloud(release)
	c.fresh = true
	// A process that was killed has left its cloud in a network that nobody else can use.
	if err := c.script(context.Background(), "down"); err != nil {
		return err
	}
	err := withRoles(func(roles map[string]int) error {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		server := netrpc.NewServer()
		if err := server.Register(&Service{ctx, &side{cloud: c, roles: roles}}); err != nil {
			return err
		}
		server.ServeConn(pipes{os.Stdin, os.Stdout})
		return nil
	})
	return errors.Join(err, c.script(context.Background(), "down"))
}

// loopbackUp brings the loopback interface of the process's network up.
func loopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(socket) }()
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}

// Service has a side's methods in the form of net/rpc.
type Service struct {
	ctx  context.Context //nolint:containedctx // of the process
	side *side
}

// Beginning is what Begin needs.
type Beginning struct {
	Work                      string
	Passes, Servers, Commands int
}

// Slice is one of so many slices.
type Slice struct{ Nth, Of int }

// Up brings the cloud up in the named set-up.
func (s *Service) Up(setup string, _ *bool) error {
	chosen, err := chooseSetups([]string{setup}, s.side.cloud.release)
	if err != nil {
		return err
	}
	return s.side.up(s.ctx, chosen[0])
}

// Begin begins to measure a piece of work.
func (s *Service) Begin(b Beginning, _ *bool) error {
	return s.side.begin(s.ctx, b.Work, size{b.Passes, b.Servers, b.Commands})
}

// Slice does a slice of it.
func (s *Service) Slice(n Slice, _ *bool) error { return s.side.slice(s.ctx, n.Nth, n.Of) }

// End ends the measurement, and replies with its rows as CSV.
func (s *Service) End(_ bool, reply *string) error {
	rows, err := s.side.end(s.ctx)
	if err != nil {
		return err
	}
	var text strings.Builder
	err = writeRows(&text, rows)
	*reply = text.String()
	return err
}
