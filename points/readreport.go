// SPDX-License-Identifier: Apache-2.0

package points

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// ReadReport reads a report that [Trace.WriteReport] or "osprofiler trace show
// --json" wrote.
//
// A report of a SQL store has neither the base_id nor the time of day. Its
// trace gets the parent_id of its first point as its base_id, and begins one
// second after the start of 1970, because OTLP has no time 0.
//
// Points without an id or a notification are counted in [Trace.Defects]. The
// error says what is wrong with the report, and where. ReadReport refuses a
// report whose points are nested more than 4,500 deep, although
// [Trace.WriteReport] can write one.
func ReadReport(r io.Reader) (*Trace, error) {
	in := reportReader{json: json.NewDecoder(r)}
	if err := in.object(func(key string) error {
		if key != "children" {
			return in.skip()
		}
		in.found = true
		return in.children()
	}); err != nil {
		return nil, fmt.Errorf("not a trace as osprofiler trace show --json writes it: %w", in.at(err))
	}
	if !in.found {
		return nil, errors.New(`not a trace as osprofiler trace show --json writes it: it has no "children"`)
	}
	if _, err := in.json.Token(); err != io.EOF {
		return nil, errors.New("not a trace as osprofiler trace show --json writes it: something follows the trace")
	}
	t, err := NewTrace(in.baseID(), func(yield func(Notification, error) bool) {
		for _, own := range in.read {
			for _, n := range own {
				if !yield(n, nil) {
					return
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	t.Defects.Unreadable += in.defects.Unreadable
	t.Defects.FirstUnreadable = in.defects.FirstUnreadable
	return t, nil
}

// reportReader reads point by point, so that a report of any size is in memory
// only once.
type reportReader struct {
	json    *json.Decoder
	found   bool
	read    [][]Notification // by point, parents before their children
	defects Defects
	depth   int
}

// maxReportDepth is how deep points may be nested in a report. Each level has
// two brackets, and from Go 1.27 on encoding/json accepts 10,000.
const maxReportDepth = 4_500

func (in *reportReader) at(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it is cut off after %d bytes", in.json.InputOffset())
	}
	return fmt.Errorf("at byte %d: %w", in.json.InputOffset(), err)
}

func (in *reportReader) object(member func(key string) error) error {
	if err := in.delim('{'); err != nil {
		return err
	}
	for in.json.More() {
		key, err := in.json.Token()
		if err != nil {
			return err
		}
		if err := member(key.(string)); err != nil {
			return err
		}
	}
	return in.delim('}')
}

func (in *reportReader) delim(want json.Delim) error {
	token, err := in.json.Token()
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("found %v instead of %v", token, want)
	}
	return nil
}

func (in *reportReader) skip() error {
	var ignored json.RawMessage
	return in.json.Decode(&ignored)
}

func (in *reportReader) children() error {
	if err := in.delim('['); err != nil {
		return err
	}
	if in.depth++; in.depth > maxReportDepth {
		return fmt.Errorf("its points are nested more than %d deep", maxReportDepth)
	}
	for in.json.More() {
		if err := in.point(); err != nil {
			return err
		}
	}
	in.depth--
	return in.delim(']')
}

// point reads one point and those below it. Its children may come before its
// own ids, so it keeps a place for its notifications.
func (in *reportReader) point() error {
	var info reportInfo
	var ids struct{ trace, parent string }
	place := len(in.read)
	in.read = append(in.read, nil)
	err := in.object(func(key string) error {
		switch key {
		case "info":
			return in.info(&info)
		case "trace_id":
			return in.json.Decode(&ids.trace)
		case "parent_id":
			return in.json.Decode(&ids.parent)
		case "children":
			return in.children()
		}
		return in.skip()
	})
	if err != nil {
		return err
	}
	in.read[place], err = info.notifications(ids.trace, ids.parent)
	if err != nil {
		in.defects.unreadable(err)
	}
	return nil
}

func (in *reportReader) baseID() string {
	first := ""
	for _, own := range in.read {
		for _, n := range own {
			if n.BaseID != "" {
				return n.BaseID
			}
			first = cmp.Or(first, n.ParentID)
		}
	}
	return first
}

// reportInfo is the member "info" of a point. Its payloads are in their order.
type reportInfo struct {
	project, service, host string
	started, finished      float64
	payloads               []namedPayload
}

const payloadPrefix = "meta.raw_payload."

func (in *reportReader) info(info *reportInfo) error {
	return in.object(func(key string) error {
		switch key {
		case "project":
			return in.json.Decode(&info.project)
		case "service":
			return in.json.Decode(&info.service)
		case "host":
			return in.json.Decode(&info.host)
		case "started":
			return in.json.Decode(&info.started)
		case "finished":
			return in.json.Decode(&info.finished)
		}
		var value json.RawMessage
		err := in.json.Decode(&value)
		if name, ok := strings.CutPrefix(key, payloadPrefix); ok {
			info.payloads = append(info.payloads, namedPayload{name, value})
		}
		return err
	})
}

// maxReportTime is about 30 years, so that every time fits into OpenTelemetry's
// nanoseconds.
const maxReportTime = 1e12

// notifications returns the notifications of which the report was made.
func (info *reportInfo) notifications(traceID, parentID string) ([]Notification, error) {
	if traceID == "" {
		return nil, fmt.Errorf("%w: a point has no trace_id", ErrUnreadable)
	}
	if len(info.payloads) == 0 {
		return nil, fmt.Errorf("%w: the point %q has no %s…", ErrUnreadable, traceID, payloadPrefix)
	}
	own := make([]Notification, 0, len(info.payloads))
	for _, p := range info.payloads {
		n, err := ParseNotification(p.payload)
		if err != nil { // it is of a SQL store, which has columns for most members
			n = Notification{Name: p.name, Payload: p.payload}
			at := info.started
			if n.stops() {
				at = info.finished
			}
			if !(at >= 0 && at < maxReportTime) {
				return nil, fmt.Errorf("%w: the point %q has the time %v, which is not in milliseconds from 0 to %.0e", ErrUnreadable, traceID, at, maxReportTime)
			}
			n.Timestamp = time.UnixMilli(int64(at)).Add(time.Second).UTC()
		}
		n.TraceID, n.ParentID = traceID, parentID
		n.Project, n.Service, n.Host = info.project, info.service, info.host
		own = append(own, n)
	}
	return own, nil
}
