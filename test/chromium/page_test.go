// SPDX-License-Identifier: Apache-2.0

package chromium_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	browserlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/test/chromium"
	"github.com/ostrace/ostrace/waterfall"
)

// limit is the time for which a test waits for the browser, also on a busy
// machine.
const limit = 5 * time.Minute

// page is a trace's page in the browser. At the end of the test, the test fails
// if the page wrote to the console, or requested anything except itself.
type page struct {
	t   *testing.T
	ctx context.Context
	url string

	worked float64 // seconds, up to the last logWork

	mu      sync.Mutex
	trouble []string
}

func open(t *testing.T, spans []sdktrace.ReadOnlySpan, opts waterfall.HTMLOptions) *page {
	t.Helper()
	return openAt(t, 1280, 800, spans, opts)
}

func openAt(t *testing.T, width, height int, spans []sdktrace.ReadOnlySpan, opts waterfall.HTMLOptions) *page {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.html")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := waterfall.HTML(file, spans, opts); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	ctx, end := chromium.Start(ctx, width, height)
	t.Cleanup(end)
	p := &page{t: t, ctx: ctx, url: "file://" + path}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.EmulateViewport(int64(width), int64(height)), chromium.Theme("light"))
	p.load()
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, trouble := range p.trouble {
			t.Error(trouble)
		}
	})
	return p
}

func (p *page) load() {
	p.t.Helper()
	p.do(chromedp.Navigate(p.url))
	p.await(`performance.getEntriesByName('rows').length > 0`)
}

func (p *page) hear(event any) {
	trouble := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		trouble = fmt.Sprintf("console: %s %s", e.Type, e.Args[0].Value)
	case *runtime.EventExceptionThrown:
		trouble = "exception: " + e.ExceptionDetails.Text
	case *browserlog.EventEntryAdded:
		trouble = fmt.Sprintf("log: %s: %s", e.Entry.Level, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if e.Request.URL != p.url {
			trouble = "request: " + e.Request.URL
		}
	}
	if trouble != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.trouble = append(p.trouble, trouble)
	}
}

func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// await waits until an expression is true.
func (p *page) await(expression string) {
	p.t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(limit))); err != nil {
		p.t.Fatalf("waiting for %s: %v\n%s", expression, err, p.describe())
	}
}

// describe describes the state of the page, for a test that failed.
func (p *page) describe() string {
	text, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return text
}

// eval returns the value of an expression.
func eval[T any](p *page, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// frame waits until the page has drawn all changes.
func (p *page) frame() {
	p.t.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](
		`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`, chromedp.EvalAwaitPromise))
}

func (p *page) key(keys string, opts ...chromedp.KeyOption) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys, opts...))
	p.frame()
}

func (p *page) click(id string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(id)))
	p.frame()
}

func (p *page) text(selector string) string {
	p.t.Helper()
	return eval[string](p, fmt.Sprintf(`document.querySelector(%q).innerText`, selector))
}

// row has the texts and states of a row.
type row struct {
	Name, Service, Time, Note string
	Level                     int
	Expanded                  string // "true", "false", or empty if there are no rows below it
	Selected, Match, Focused  bool
}

// rows returns the visible rows, from top to bottom.
func (p *page) rows() []row {
	p.t.Helper()
	return eval[[]row](p, `(() => {
		const body = document.getElementById('body').getBoundingClientRect();
		return [...document.querySelectorAll('.row')].map((e) => [e, e.getBoundingClientRect()])
			.filter(([, box]) => box.bottom > body.top && box.top < body.bottom)
			.sort(([, a], [, b]) => a.top - b.top)
			.map(([e]) => ({
				name: e.querySelector('.label').textContent, service: e.querySelector('.service').textContent,
				time: e.querySelector('.time').textContent, note: e.querySelector('.note').textContent,
				level: Number(e.getAttribute('aria-level')), expanded: e.getAttribute('aria-expanded') ?? '',
				selected: e.getAttribute('aria-selected') === 'true', match: e.classList.contains('match'),
				focused: e === document.activeElement,
			}));
	})()`)
}

// active returns the selected row, which must be visible.
func (p *page) active() row {
	p.t.Helper()
	rows := p.rows()
	if i := slices.IndexFunc(rows, func(r row) bool { return r.Selected }); i >= 0 {
		return rows[i]
	}
	p.t.Fatalf("no row in sight is active:\n%s", names(rows))
	return row{}
}

func names(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%s%s\n", strings.Repeat("  ", r.Level-1), r.Name)
	}
	return b.String()
}
