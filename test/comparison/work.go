// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// work is something that a user of the cloud does.
type work struct {
	name, title string
	atOnce      int
	slices      int  // into which it is divided, for set-ups that do it in turn
	essential   bool // each set-up has it
	article     bool // only for the set-ups of the article
	quick       bool // a quick run has it too

	// tasks are done in this order, atOnce at a time.
	tasks func(w *worker) []task
}

// task is a piece of work, of one or several calls.
type task func(ctx context.Context, w *worker) error

// worker does work in one set-up.
type worker struct {
	*client
	command command
	given   map[string]string // the ids of the cloud's image and network
	size    size
	prefix  string // of the names of all that is created

	mu    sync.Mutex
	calls []timed
	named int
}

// size is the amount of work in a block.
type size struct {
	passes   int // of all list calls
	servers  int // that Go creates
	commands int // that list servers
}

var (
	// Hundreds of list calls are needed, because a full garbage collection of a Python
	// service takes up to a quarter of a second, which is the time of 20 calls.
	fullSize   = size{passes: 160, servers: 4, commands: 4}
	quickSize  = size{passes: 40, servers: 4, commands: 4}
	checkSize  = size{passes: 1, servers: 1, commands: 1}
	warmUpSize = size{passes: 32, servers: 8, commands: 1}
)

// timed is a call, and the time from its start to its end.
type timed struct {
	name string
	wall time.Duration
}

// The works that a block is warmed up with, or whose results the page names.
const (
	workIdle        = "idle"
	workList        = "list"
	workList4       = "list-4"
	workServer      = "server"
	workServer4     = "server-4"
	workScenario    = "scenario"
	workCommandList = "openstack-list"
	workArticle     = "article"
)

var works = []work{
	{name: workIdle, title: "nothing", atOnce: 1, essential: true, quick: true, tasks: func(*worker) []task { return nil }},
	{name: workList, title: "list calls, Go", atOnce: 1, slices: 80, essential: true, quick: true, tasks: func(w *worker) []task { return listTasks(w.size.passes) }},
	{name: workList4, title: "list calls, Go, four at a time", atOnce: 4, slices: 20, quick: true, tasks: func(w *worker) []task { return listTasks(w.size.passes / 4) }},
	{name: workServer, title: "a server created and deleted, Go", atOnce: 1, slices: 4, essential: true, quick: true, tasks: serverTasks},
	{name: workServer4, title: "servers created and deleted, Go, four at a time", atOnce: 4, slices: 1, tasks: serverTasks},
	{name: workScenario, title: "the scenario of examples/perftest, Go", atOnce: 1, slices: 1, tasks: func(*worker) []task { return []task{scenarioTask} }},
	{name: workCommandList, title: "`openstack server list`", atOnce: 1, slices: 4, quick: true, tasks: commandListTasks},
	{name: "openstack-list-4", title: "`openstack server list`, four at a time", atOnce: 4, slices: 1, tasks: commandListTasks},
	{name: "openstack-server", title: "`openstack server create --wait` and `delete --wait`", atOnce: 1, slices: 1, tasks: func(*worker) []task { return repeat(1, commandServerTask) }},
	{name: "openstack-server-4", title: "`openstack server create --wait` and `delete --wait`, four at a time", atOnce: 4, slices: 1, tasks: func(*worker) []task { return repeat(4, commandServerTask) }},
	{name: workArticle, title: "the article's scenario, `openstack`", atOnce: 1, slices: 1, article: true, tasks: func(*worker) []task { return []task{articleTask} }},
}

// isFor reports whether the work is done in a set-up.
func (w work) isFor(s setup, quick bool) bool {
	if quick {
		return w.quick
	}
	return w.essential || s.all && !w.article || s.article && w.article
}

func listTasks(passes int) []task {
	var tasks []task
	for range passes {
		for _, l := range lists {
			tasks = append(tasks, func(ctx context.Context, w *worker) error { return w.list(ctx, l) })
		}
	}
	return tasks
}

func (w *worker) list(ctx context.Context, l list) error {
	began := time.Now()
	ctx, end := w.start(ctx, "list "+l.name)
	defer end()
	if err := l.do(ctx, w.client); err != nil {
		return fmt.Errorf("listing %s: %w", l.name, err)
	}
	w.note("list "+l.name, began)
	return nil
}

func repeat(n int, t task) []task {
	tasks := make([]task, n)
	for i := range tasks {
		tasks[i] = t
	}
	return tasks
}

func serverTasks(w *worker) []task {
	return repeat(w.size.servers, func(ctx context.Context, w *worker) error {
		ctx, end := w.start(ctx, "create and delete a server")
		defer end()
		began := time.Now()
		var active time.Time
		err := w.createAndDelete(ctx, []resource{server}, w.newName(), w.given, func(context.Context) error {
			w.note("create a server", began)
			active = time.Now()
			return nil
		})
		if err == nil {
			w.note("delete a server", active)
		}
		return err
	})
}

// scenarioTask is the scenario of examples/perftest, with one pass of list calls for each
// 16 of a block's.
func scenarioTask(ctx context.Context, w *worker) error {
	ctx, end := w.start(ctx, "perftest")
	defer end()
	began := time.Now()
	err := w.createAndDelete(ctx, scenario, w.newName(), w.given, func(ctx context.Context) error {
		for range max(1, w.size.passes/16) {
			for _, l := range lists {
				if err := l.do(ctx, w.client); err != nil {
					return fmt.Errorf("listing %s: %w", l.name, err)
				}
			}
		}
		return nil
	})
	if err == nil {
		w.note("scenario", began)
	}
	return err
}

func commandListTasks(w *worker) []task {
	return repeat(w.size.commands, func(ctx context.Context, w *worker) error {
		return w.openstack(ctx, "server", "list")
	})
}

func commandServerTask(ctx context.Context, w *worker) error {
	name := w.newName()
	err := w.openstack(ctx, "server", "create", "--wait", "--image", "tiny", "--flavor", "m1.nano", "--network", "net1", name)
	// If the creation failed, there may be a server nevertheless.
	return errors.Join(err, w.openstack(context.WithoutCancel(ctx), "server", "delete", "--wait", name))
}

func (w *worker) openstack(ctx context.Context, args ...string) error {
	began := time.Now()
	if err := w.command.run(ctx, args...); err != nil {
		return err
	}
	w.note("openstack "+args[0]+" "+args[1], began)
	return nil
}

func articleTask(ctx context.Context, w *worker) error {
	began := time.Now()
	if err := article(ctx, w.command, w.newName()); err != nil {
		return err
	}
	w.note("article", began)
	return nil
}

// do does tasks of a work, and returns their calls. It stops at the first failure.
func (w *worker) do(ctx context.Context, work work, tasks []task) ([]timed, error) {
	w.calls = nil
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo := make(chan task)
	var group sync.WaitGroup
	for range work.atOnce {
		group.Go(func() {
			for t := range todo {
				if ctx.Err() == nil {
					if err := t(ctx, w); err != nil {
						cancel(err)
					}
				}
			}
		})
	}
	for _, t := range tasks {
		todo <- t
	}
	close(todo)
	group.Wait()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s: %w", work.name, context.Cause(ctx))
	}
	return w.calls, nil
}

func (w *worker) note(name string, began time.Time) {
	wall := time.Since(began)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, timed{name, wall})
}

func (w *worker) newName() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.named++
	return fmt.Sprintf("%s-%d", w.prefix, w.named)
}

func workNamed(name string) work {
	return works[slices.IndexFunc(works, func(w work) bool { return w.name == name })]
}
