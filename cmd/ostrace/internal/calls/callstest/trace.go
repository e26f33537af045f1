// SPDX-License-Identifier: Apache-2.0

// Package callstest makes traces for tests.
package callstest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ostrace/ostrace/points"
)

// Base is the base_id of the traces.
const Base = "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b"

// Begin is the time from which the times of the points are measured.
var Begin = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// Trace is a trace to which points are added. Their times are milliseconds.
type Trace struct {
	list  []points.Notification
	count int
}

// ID is the number of a point. 0 is none.
type ID int

// Request adds an HTTP request that a service answered.
func (t *Trace) Request(parent ID, project, service, method, path string, start, stop float64) ID {
	return t.Point(parent, project, service, "wsgi", map[string]any{"request": map[string]any{"method": method, "path": path, "scheme": "http", "query": ""}}, start, stop)
}

// Statement adds a SQL statement.
func (t *Trace) Statement(parent ID, project, service, statement string, params any, start, stop float64) ID {
	return t.Point(parent, project, service, "db", map[string]any{"db": map[string]any{"statement": statement, "params": params}}, start, stop)
}

// Function adds a function. point is "rpc" for the methods of an RPC server or client.
func (t *Trace) Function(parent ID, project, service, point, function string, start, stop float64) ID {
	return t.Point(parent, project, service, point, map[string]any{"function": map[string]any{"name": function}}, start, stop)
}

// Point adds a point. It has no stop if stop is negative.
func (t *Trace) Point(parent ID, project, service, name string, info map[string]any, start, stop float64) ID {
	t.count++
	above := Base
	if parent > 0 {
		above = id(int(parent))
	}
	add := func(name string, at float64, info map[string]any) {
		n := points.Notification{
			Name: name, BaseID: Base, TraceID: id(t.count), ParentID: above, Project: project, Service: service, Host: "vm",
			Timestamp: Begin.Add(time.Duration(at * float64(time.Millisecond))),
		}
		payload, err := json.Marshal(map[string]any{
			"name": n.Name, "base_id": n.BaseID, "trace_id": n.TraceID, "parent_id": n.ParentID, "project": project, "service": service,
			"timestamp": n.Timestamp.Format(points.TimestampFormat), "info": info,
		})
		if err != nil {
			panic(err) // a test has a value that JSON does not have
		}
		n.Payload = payload
		t.list = append(t.list, n)
	}
	add(name+"-start", start, info)
	if stop >= 0 {
		add(name+"-stop", stop, map[string]any{"host": "vm"})
	}
	return ID(t.count)
}

func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// Notifications returns the notifications, in the order in which they were added.
func (t *Trace) Notifications() []points.Notification { return t.list }

// Trace returns the trace.
func (t *Trace) Trace() *points.Trace {
	made, err := points.NewTrace(Base, func(yield func(points.Notification, error) bool) {
		for _, n := range t.list {
			if !yield(n, nil) {
				return
			}
		}
	})
	if err != nil {
		panic(err) // the sequence has no errors
	}
	return made
}
