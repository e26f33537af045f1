// SPDX-License-Identifier: Apache-2.0

package chromium_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/waterfall"
)

// The page of 20,000 spans shows its rows within two seconds of the browser's
// being told to go there, in the best of several times. What else takes how long
// is only logged, because it depends on what the machine does besides.
func TestSpeed(t *testing.T) {
	p := open(t, manyServers(t, 20000).spans, waterfall.HTMLOptions{})
	least := eval[float64](p, `performance.getEntriesByName('rows')[0].startTime`)
	for range 4 {
		p.load()
		least = min(least, eval[float64](p, `performance.getEntriesByName('rows')[0].startTime`))
	}
	t.Logf("rows after %.0f ms", least)
	if least > 2000 {
		t.Errorf("20,000 spans are shown after %.0f ms", least)
	}

	p.measure()
	bars := p.box("bars")
	p.key("x")
	p.logWork("opening all", 1)
	for range 100 {
		p.do(chromedp.MouseEvent(chromedp.MouseWheel, bars.X+50, bars.Y+50, scroll(3000)))
	}
	p.frame()
	p.logWork("scrolling", 100)
	if got := eval[float64](p, `document.getElementById('scroller').scrollTop`); got < 50000 {
		t.Errorf("the wheel scrolled to %f", got)
	}
	for range 20 {
		p.key("+")
	}
	p.logWork("zooming", 20)
	p.key("0")
	p.key("/")
	p.key("compute_nodes")
	p.logWork("searching", len("compute_nodes"))
	for range 20 {
		p.key("\r")
	}
	p.logWork("going to matches", 20)
}

// Traces of odd shapes are shown as soon.
func TestShapes(t *testing.T) {
	for name, parent := range map[string]func(i int) int{
		"deep":      func(i int) int { return i - 1 },
		"wide":      func(int) int { return 0 },
		"many tops": func(int) int { return -1 },
		"pairs":     func(i int) int { return (i - 1) / 2 * 2 * (i % 2) },
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, shaped(t, 20000, parent), waterfall.HTMLOptions{})
			t.Logf("rows after %.0f ms", eval[float64](p, `performance.getEntriesByName('rows')[0].startTime`))
			p.key("x")
			for _, key := range []string{kb.End, kb.ArrowUp, kb.ArrowLeft, kb.PageUp, kb.Home, "X", kb.ArrowRight} {
				p.key(key)
				if !p.active().Focused {
					t.Errorf("no focus after %q", key)
				}
			}
		})
	}
}

// shaped makes a trace of n spans with different names. The parent -1 is none.
func shaped(t *testing.T, n int, parent func(i int) int) []sdktrace.ReadOnlySpan {
	t.Helper()
	one, err := oneServer()
	if err != nil {
		t.Fatal(err)
	}
	stubs := make(tracetest.SpanStubs, n)
	for i := range stubs {
		stubs[i] = one[0]
		stubs[i].Name = "span " + strings.Repeat("x", i%7)
		stubs[i].SpanContext = one[0].SpanContext.WithSpanID(trace.SpanID{1, 5: byte(i >> 16), 6: byte(i >> 8), 7: byte(i)})
		stubs[i].Parent = trace.SpanContext{}
		stubs[i].StartTime = one[0].StartTime.Add(time.Duration(i) * time.Millisecond)
		stubs[i].EndTime = stubs[i].StartTime.Add(time.Minute)
		if p := parent(i); i > 0 && p >= 0 {
			stubs[i].Parent = stubs[p].SpanContext
		}
	}
	return stubs.Snapshots()
}

// A call in JavaScript takes some 100,000 arguments.
const many = 150_000

// A page takes any number of names, of services and of spans of one id.
func TestManySpans(t *testing.T) {
	spans := tracetest.SpanStubsFromReadOnlySpans(shaped(t, many, func(int) int { return 0 }))
	for i := range spans {
		spans[i].Name = fmt.Sprintf("operation %d", i)
		spans[i].Resource = resource.NewSchemaless(attribute.String("service.name", strconv.Itoa(i)))
		if i > 0 {
			spans[i].SpanContext = spans[i].SpanContext.WithSpanID(trace.SpanID{7})
		}
	}
	p := open(t, spans.Snapshots(), waterfall.HTMLOptions{})
	if got := p.text("#summary"); !strings.Contains(got, "150,000 services") {
		t.Errorf("the summary is %q", got)
	}
	eval[bool](p, `{ const query = document.getElementById('query'); query.value = '0700000000000000'; query.dispatchEvent(new Event('input')) }`)
	p.await(`document.getElementById('found').textContent.includes('149,999')`)
}

// The details take any number of what a span can have many of.
func TestManyOfASpan(t *testing.T) {
	for name, test := range map[string]struct {
		add      func(*tracetest.SpanStub)
		selector string // what each of them has
	}{
		"attributes": {func(s *tracetest.SpanStub) {
			for i := range many {
				s.Attributes = append(s.Attributes, attribute.Int(strconv.Itoa(i), i))
			}
		}, "#page-span dd"},
		"events": {func(s *tracetest.SpanStub) { s.Events = make([]sdktrace.Event, many) }, "#page-span h3"},
		"links":  {func(s *tracetest.SpanStub) { s.Links = make([]sdktrace.Link, many) }, "#page-span h3"},
	} {
		t.Run(name, func(t *testing.T) {
			spans := tracetest.SpanStubsFromReadOnlySpans(shaped(t, 1, func(int) int { return 0 }))
			test.add(&spans[0])
			p := open(t, spans.Snapshots(), waterfall.HTMLOptions{})
			if got := eval[int](p, fmt.Sprintf(`document.querySelectorAll(%q).length`, test.selector)); got < many {
				t.Errorf("%d of %d", got, many)
			}
		})
	}
}

// measure begins to note how long the page works.
func (p *page) measure() {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}); err != nil {
		p.t.Fatal(err)
	}
	p.do(chromedp.Evaluate[chromedp.Void](`
		globalThis.long = [];
		new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => Math.round(e.duration)))).observe({ type: 'longtask' })`))
}

// logWork logs how long the page's thread has worked since the last time, in all
// and for each of so many steps, and the tasks that took more than 50 ms by the
// clock, in which the thread may have waited for the machine.
func (p *page) logWork(what string, steps int) {
	p.t.Helper()
	p.frame()
	metrics, err := chromedp.Call(p.ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, m := range metrics.Metrics {
		if m.Name == "TaskDuration" {
			work := 1000 * (m.Value - p.worked)
			p.worked = m.Value
			p.t.Logf("%s: %.0f ms of work, %.1f ms a step; long tasks %v ms", what, work, work/float64(steps), eval[[]int](p, `long.splice(0)`))
		}
	}
}
