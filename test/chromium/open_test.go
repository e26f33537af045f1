// SPDX-License-Identifier: Apache-2.0

package chromium_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/waterfall"
)

func TestOpens(t *testing.T) {
	for _, n := range []int{1, 3000, 20000} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			big := manyServers(t, n)
			p := open(t, big.spans, waterfall.HTMLOptions{Title: "Many servers", Notes: []string{"One note.", "And another."}})
			if got := eval[string](p, `document.title`) + ", " + p.text("#title"); got != "Many servers, Many servers" {
				t.Errorf("title %q", got)
			}
			if got := p.text("#notes"); !strings.Contains(got, "One note.") || !strings.Contains(got, "And another.") {
				t.Errorf("notes %q", got)
			}
			rows := p.rows()
			if rows[0].Name != "create many servers" || rows[0].Service != "createserver" || rows[0].Level != 1 || !rows[0].Selected || !rows[0].Focused {
				t.Errorf("the first row is %+v", rows[0])
			}
			if n > 1 && (len(rows) < 20 || len(rows) > 60) {
				t.Errorf("%d rows fill the window", len(rows))
			}
			if got := eval[int](p, `document.querySelectorAll('.row').length`); got > len(rows)+1 {
				t.Errorf("%d rows in the document, and %d in sight", got, len(rows))
			}
		})
	}
}

func TestNoSpans(t *testing.T) {
	p := open(t, nil, waterfall.HTMLOptions{Notes: []string{"Nothing is stored under this id."}})
	if rows := p.rows(); len(rows) != 0 {
		t.Errorf("rows %+v", rows)
	}
	if got := p.text("#notes"); !strings.Contains(got, "Nothing is stored") {
		t.Errorf("notes %q", got)
	}
	for _, key := range []string{"j", "x", "X", "+", "-", "0", "z", "n", "e", "c", "\r", " "} {
		p.key(key)
	}
}

// Names come from the network, and are shown as text.
func TestHostileTextIsText(t *testing.T) {
	one, err := oneServer()
	if err != nil {
		t.Fatal(err)
	}
	hostile := `</script><script>document.title="mine"</script><img src=x onerror='document.title="mine"'>` + "\u2028\u202e\xff<!--"
	stubs := slices.Clone(one[:1])
	stubs[0].Name = hostile
	stubs[0].Attributes = []attribute.KeyValue{attribute.String(hostile, hostile)}
	stubs[0].Status.Description = hostile
	p := open(t, stubs.Snapshots(), waterfall.HTMLOptions{Title: hostile, Notes: []string{hostile}})
	p.key("\r")
	want := strings.ToValidUTF8(hostile, "\ufffd")
	for _, selector := range []string{"#title", "#notes li", ".heading h2", "#page-span .values dt span", "#page-span .values dd"} {
		if got := eval[string](p, fmt.Sprintf(`document.querySelector(%q).textContent`, selector)); got != want {
			t.Errorf("%s: %q", selector, got)
		}
	}
	if got := eval[string](p, `document.title`); got == "mine" {
		t.Error("a script in a name ran")
	}
}

// Times have the same form as in the terminal.
func TestTimes(t *testing.T) {
	one, err := oneServer()
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		time time.Duration
		text string
	}{
		{0, "0 ns"}, {999, "999 ns"}, {9996, "10.0 µs"}, {456 * time.Microsecond, "456 µs"}, {999500, "1.00 ms"},
		{12345 * time.Microsecond, "12.3 ms"}, {1234 * time.Millisecond, "1.23 s"}, {59949 * time.Millisecond, "59.9 s"},
		{59950 * time.Millisecond, "1m 0s"}, {83 * time.Second, "1m 23s"}, {3599999 * time.Millisecond, "1h 0m"},
		{24*time.Hour - time.Minute, "23h 59m"}, {99*24*time.Hour + 23*time.Hour, "99d 23h"}, {200 * 24 * time.Hour, "200d"},
	}
	stubs := make(tracetest.SpanStubs, len(want))
	for i, w := range want {
		stubs[i] = one[0]
		stubs[i].Name = fmt.Sprint("span", i, "x")
		stubs[i].SpanContext = one[0].SpanContext.WithSpanID(trace.SpanID{7: byte(i + 1)})
		stubs[i].Parent = trace.SpanContext{}
		stubs[i].EndTime = stubs[i].StartTime.Add(w.time)
	}
	for i, r := range open(t, stubs.Snapshots(), waterfall.HTMLOptions{}).rows() {
		if r.Time != want[i].text {
			t.Errorf("%d ns: %q, want %q", want[i].time, r.Time, want[i].text)
		}
	}
}

func TestUnfinished(t *testing.T) {
	one, err := oneServer()
	if err != nil {
		t.Fatal(err)
	}
	stubs := slices.Clone(one[:3])
	for i, missing := range []string{"", "stop", "start"} {
		stubs[i].Parent = stubs[i].Parent.WithSpanID([8]byte{})
		stubs[i].StartTime = one[0].StartTime.Add(time.Duration(i) * time.Millisecond)
		stubs[i].EndTime = stubs[i].StartTime
		stubs[i].Attributes = []attribute.KeyValue{points.MissingKey.String(missing)}
		stubs[i].Name = "missing " + missing
	}
	stubs[0].EndTime = stubs[0].StartTime.Add(time.Second)
	p := open(t, stubs.Snapshots(), waterfall.HTMLOptions{Labels: waterfall.Labels{Missing: points.Missing}})
	rows := p.rows()
	if got := fmt.Sprintf("%s|%s, %s|%s", rows[1].Note, rows[1].Time, rows[2].Note, rows[2].Time); got != "unfinished|–, no start|0 ns" {
		t.Errorf("got %s", got)
	}
}

func TestWidths(t *testing.T) {
	for _, width := range []int{700, 1280} {
		t.Run(strconv.Itoa(width), func(t *testing.T) {
			p := openAt(t, width, 800, manyServers(t, 200).spans, waterfall.HTMLOptions{})
			p.key("\r")
			for _, id := range []string{"documentElement", "body"} {
				if got := eval[int](p, `document.`+id+`.scrollWidth`); got > width {
					t.Errorf("%s is %d wide", id, got)
				}
			}
			for _, id := range []string{"query", "rows", "bars", "panel", "overview", "keys"} {
				box := eval[struct{ Left, Right, Top, Bottom float64 }](p, fmt.Sprintf(`document.getElementById(%q).getBoundingClientRect().toJSON()`, id))
				if box.Left < 0 || box.Right > float64(width) || box.Right-box.Left < 20 || box.Top < 0 || id != "rows" && box.Bottom > 800 {
					t.Errorf("%s is at %+v", id, box)
				}
			}
		})
	}
}
