// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Recording is one trace as it was stored, with what the recorder knows about it.
// Each file is one of them as gzipped JSON.
type Recording struct {
	Release            string `json:"release"`
	ConcurrencyBackend string `json:"concurrency_backend"`
	// Client is what the program did, such as "server" or "pause 20s".
	Client string `json:"client"`
	// Kind is "clean", "contaminated" (it has points of other requests) or "cut off"
	// (what nova-compute did for it is not in it, or not all of that).
	Kind   string `json:"kind"`
	BaseID string `json:"base_id"`
	// Spans are the program's own, as points hang under those of its requests.
	Spans []Span `json:"spans"`
	// Settled is when nothing of this trace's own requests was under way any more,
	// and no other request had been made. In a contaminated trace all points that
	// start later are of other requests, or of what the worker does from time to time
	// by itself in a thread that has kept the trace.
	Settled time.Time `json:"settled"`
	// Notifications are OSProfiler's, in the order of the store, less what nobody
	// reads: statements and arguments are cut. Their ids are numbered anew, the
	// base_id and those of Spans excepted, so that the file stays small.
	Notifications []notification `json:"notifications"`
}

// Span is one of the program's own. Its OSProfiler id is that which the library
// sends: the first 8 bytes of the base_id, and the span id.
type Span struct {
	ID           string    `json:"id"`
	Parent       string    `json:"parent,omitempty"`
	Name         string    `json:"name"`
	Kind         string    `json:"kind"`
	Start        time.Time `json:"start"`
	End          time.Time `json:"end"`
	OSProfilerID string    `json:"osprofiler_id"`
}

type notification struct {
	Name      string         `json:"name"`
	BaseID    string         `json:"base_id"`
	ParentID  string         `json:"parent_id"`
	TraceID   string         `json:"trace_id"`
	Timestamp string         `json:"timestamp"`
	Project   string         `json:"project"`
	Service   string         `json:"service"`
	Info      map[string]any `json:"info"`
}

// stored reads what the store has of a trace.
func stored(ctx context.Context, baseID string) (all []notification, err error) {
	list, err := exec.CommandContext(ctx, "redis-cli", "-h", "127.0.0.1", "--raw", "lrange", "osprofiler_opt:"+baseID, "0", "-1").Output() //nolint:gosec // an id
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(list)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var n notification
		if err := json.Unmarshal([]byte(line), &n); err != nil {
			return nil, fmt.Errorf("a notification of %s: %w", baseID, err)
		}
		all = append(all, n)
	}
	return all, nil
}

// quiet is for how long a trace gets no point any more when it has settled. The
// pieces of work of a server follow each other within some seconds.
const quiet = 12 * time.Second

// settle waits until the trace gets no points any more, for at most so long, and
// returns when that was and whether it was so.
func settle(ctx context.Context, baseID string, limit time.Duration) (at time.Time, isQuiet bool, err error) {
	before, began := -1, time.Now()
	for since := began; ; {
		all, err := stored(ctx, baseID)
		if err != nil {
			return time.Time{}, false, err
		}
		now := time.Now()
		switch {
		case len(all) != before:
			before, since = len(all), now
		case now.Sub(since) >= quiet:
			return now.UTC(), true, nil
		}
		if now.Sub(began) >= limit {
			return now.UTC(), false, nil
		}
		if err := pause(ctx, time.Second); err != nil {
			return time.Time{}, false, err
		}
	}
}

// baseID of a trace, as the library makes it.
func baseID(id trace.TraceID) string {
	s := id.String()
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// spansOf returns the program's own spans of a trace.
func (c *client) spansOf(id trace.TraceID) (spans []Span) {
	base := baseID(id)
	for _, ended := range c.spans.Ended() {
		if ended.SpanContext().TraceID() != id {
			continue
		}
		s := ended.SpanContext().SpanID().String()
		span := Span{
			ID: s, Name: ended.Name(), Kind: ended.SpanKind().String(), Start: ended.StartTime().UTC(), End: ended.EndTime().UTC(),
			OSProfilerID: base[:18] + "-" + s[:4] + "-" + s[4:],
		}
		if ended.Parent().SpanID().IsValid() {
			span.Parent = ended.Parent().SpanID().String()
		}
		spans = append(spans, span)
	}
	return spans
}

// write reads the trace from the store and writes its recording.
func (r Recording) write(ctx context.Context, c *cloud) error {
	var err error
	if r.Notifications, err = stored(ctx, r.BaseID); err != nil {
		return err
	}
	if len(r.Notifications) == 0 {
		return fmt.Errorf("nothing is stored of %s, a trace of %q", r.BaseID, r.Client)
	}
	if !r.isOfItsKind() {
		fmt.Fprintf(os.Stderr, "record: a trace of %q is not %s\n", r.Client, r.Kind)
		return nil
	}
	r.Release, r.ConcurrencyBackend = c.parameters["RELEASE"], c.parameters["CONCURRENCY_BACKEND"]
	if c.raw != "" {
		if err := r.writeRaw(c.raw); err != nil {
			return err
		}
	}
	r.compact()
	name := strings.NewReplacer(" ", "-", ",", "").Replace(r.Kind + "-" + r.Client)
	file, err := os.Create(filepath.Join(c.output, name+"-"+r.BaseID[:8]+".json.gz"))
	if err != nil {
		return err
	}
	compressed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		return err
	}
	err = errors.Join(json.NewEncoder(compressed).Encode(r), compressed.Close(), file.Close())
	fmt.Fprintf(os.Stderr, "record: %s: %d notifications\n", name, len(r.Notifications))
	return err
}

// writeRaw writes the notifications as they were stored, to BASE_ID.jsonl, and a
// line about them to manifest.jsonl.
func (r Recording) writeRaw(folder string) error {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, n := range r.Notifications {
		if err := encoder.Encode(n); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(folder, r.BaseID+".jsonl"), lines.Bytes(), 0o644); err != nil { //nolint:gosec // recordings are for all to read
		return err
	}
	manifest, err := os.OpenFile(filepath.Join(folder, "manifest.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // as above
	if err != nil {
		return err
	}
	r.Notifications = nil
	return errors.Join(json.NewEncoder(manifest).Encode(r), manifest.Close())
}

// isOfItsKind says whether what the recorder meant to happen has happened: a
// thread that has seen no trace yet takes the next one that comes.
func (r Recording) isOfItsKind() bool {
	done := map[string]bool{}
	for _, n := range r.Notifications {
		at, err := time.Parse("2006-01-02T15:04:05.999999", n.Timestamp)
		if r.Kind == "contaminated" && err == nil && at.After(r.Settled) {
			return true
		}
		if function, ok := n.Info["function"].(map[string]any); ok {
			name, _ := function["name"].(string)
			done[name] = true
		}
	}
	const compute = "nova.compute.manager.ComputeManager."
	return r.Kind == "clean" || r.Kind == "cut off" && (!done[compute+"build_and_run_instance"] || !done[compute+"terminate_instance"])
}

// compact takes off what no reader of a recording needs.
func (r *Recording) compact() {
	numbers := map[string]string{r.BaseID: r.BaseID}
	for _, s := range r.Spans {
		numbers[s.OSProfilerID] = s.OSProfilerID
	}
	number := func(id string) string {
		if _, ok := numbers[id]; !ok {
			numbers[id] = fmt.Sprintf("00000000-0000-4000-8000-%012x", len(numbers))
		}
		return numbers[id]
	}
	for i := range r.Notifications {
		n := &r.Notifications[i]
		n.ParentID, n.TraceID = number(n.ParentID), number(n.TraceID)
		if db, ok := n.Info["db"].(map[string]any); ok {
			delete(db, "params")
			cut(db, "statement", 24)
			delete(db, "result")
		}
		if function, ok := n.Info["function"].(map[string]any); ok {
			for _, member := range []string{"args", "kwargs"} {
				text, _ := function[member].(string)
				function[member] = uuid.ReplaceAllStringFunc(strings.Join(mentioned.FindAllString(text, -1), ","), number)
			}
			delete(function, "result")
		}
	}
}

// mentioned is what is kept of a function's arguments: the ids, with their names,
// and of which object a method was called.
var (
	uuid      = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	mentioned = regexp.MustCompile(`'objinst': \w+\(|\b(\w+=)?` + uuid.String())
)

func cut(of map[string]any, member string, length int) {
	if text, ok := of[member].(string); ok && len(text) > length {
		of[member] = text[:length]
	}
}
