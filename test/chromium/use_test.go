// SPDX-License-Identifier: Apache-2.0

package chromium_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/waterfall"
)

// visible returns the visible range in hundredths of the whole.
func (p *page) visible() (from, to float64) {
	p.t.Helper()
	return eval[float64](p, `100 * document.getElementById('before').getBoundingClientRect().width / innerWidth`),
		eval[float64](p, `100 * document.getElementById('after').getBoundingClientRect().left / innerWidth`)
}

func (p *page) checkVisible(what string, from, to float64) {
	p.t.Helper()
	p.frame()
	gotFrom, gotTo := p.visible()
	if math.Abs(gotFrom-from) > 1 || math.Abs(gotTo-to) > 1 {
		p.t.Errorf("%s: %.1f to %.1f %% are visible, want %.1f to %.1f", what, gotFrom, gotTo, from, to)
	}
}

type box struct{ X, Y, Width, Height float64 }

func (p *page) box(id string) box {
	p.t.Helper()
	return eval[box](p, fmt.Sprintf(`document.getElementById(%q).getBoundingClientRect().toJSON()`, id))
}

func TestZoom(t *testing.T) {
	p := open(t, manyServers(t, 3000).spans, waterfall.HTMLOptions{})
	all := p.text("#range")
	p.checkVisible("at first", 0, 100)
	p.key("+")
	p.checkVisible("+", 50-100/3., 50+100/3.)
	if got := p.text("#range"); got == all || !strings.Contains(got, " of ") {
		t.Errorf("the range is %q", got)
	}
	p.key("-")
	p.checkVisible("-", 0, 100)

	overview := p.box("overview")
	y := overview.Y + overview.Height/2
	p.do(chromedp.DragAndDropXY(0.25*overview.Width, y, 0.75*overview.Width, y))
	p.checkVisible("a drag on the overview", 25, 75)
	p.key(kb.ArrowRight, chromedp.KeyModifiers(kb.ModifierShift))
	p.checkVisible("Shift+→", 35, 85)
	p.do(chromedp.DragAndDropXY(0.85*overview.Width, y, 0.55*overview.Width, y))
	p.checkVisible("a drag of its end", 35, 55)
	p.key("0")
	p.checkVisible("0", 0, 100)

	for _, id := range []string{"ticks", "bars"} {
		b := p.box(id)
		p.do(chromedp.DragAndDropXY(b.X+0.8*b.Width, b.Y+b.Height/2, b.X+0.4*b.Width, b.Y+b.Height/2))
		p.checkVisible("a drag on "+id, 40, 80)
		p.key("0")
	}

	bars := p.box("bars")
	wheel := func(dy float64, modifiers ...kb.Modifier) {
		t.Helper()
		p.do(chromedp.MouseEvent(chromedp.MouseWheel, bars.X+bars.Width/4, bars.Y+bars.Height/2, chromedp.ButtonModifiers(modifiers...), scroll(dy)))
	}
	wheel(-500, kb.ModifierCtrl)
	p.await(`document.getElementById('before').offsetWidth > 0`)
	from, to := p.visible()
	if inside := (25 - from) / (to - from); math.Abs(inside-0.25) > 0.02 || to-from > 50 {
		t.Errorf("ctrl+wheel shows %.1f to %.1f %%", from, to)
	}
	wheel(100, kb.ModifierShift)
	p.await(fmt.Sprintf(`100 * document.getElementById('before').offsetWidth / innerWidth > %f`, from+1))
	later, laterTo := p.visible()
	if math.Abs(laterTo-later-(to-from)) > 0.5 {
		t.Errorf("shift+wheel shows %.1f to %.1f %% after %.1f to %.1f", later, laterTo, from, to)
	}
}

func TestSearch(t *testing.T) {
	big := manyServers(t, 3000)
	p := open(t, big.spans, waterfall.HTMLOptions{Labels: waterfall.Labels{IDs: points.IDs}})
	count := func(has func(sdktrace.ReadOnlySpan) bool) (n int) {
		for _, s := range big.spans {
			if has(s) {
				n++
			}
		}
		return n
	}
	statement := func(part string) func(sdktrace.ReadOnlySpan) bool {
		return func(s sdktrace.ReadOnlySpan) bool {
			for _, a := range s.Attributes() {
				if strings.Contains(strings.ToLower(a.Value.String()), part) {
					return true
				}
			}
			return strings.Contains(strings.ToLower(s.Name()), part)
		}
	}
	search := func(query string, matches int) {
		t.Helper()
		p.key("/")
		p.key("a", chromedp.KeyModifiers(kb.ModifierCtrl))
		p.key(query)
		p.frame()
		// "2 matches", or "1 of 2" where the active row is one.
		found := strings.NewReplacer(" matches", "", " match", "", "no", "0").Replace(p.text("#found"))
		if _, of, ok := strings.Cut(found, " of "); ok {
			found = of
		}
		if found != commas(matches) {
			t.Errorf("%q: %q, want %d", query, p.text("#found"), matches)
		}
	}
	search("from compute_nodes", count(statement("from compute_nodes")))
	search("sql_insert", count(statement("sql_insert")))
	search("glance-api", count(func(s sdktrace.ReadOnlySpan) bool {
		service, _ := s.Resource().Set().Value("service.name")
		return service.AsString() == "glance-api" || statement("glance-api")(s)
	}))
	search("no such thing", 0)
	search(big.failed.SpanContext.SpanID().String(), 1)
	parent := big.failed.Parent
	id := propagation.ParentID(parent.TraceID(), parent.SpanID()) // in OSProfiler
	search(id, 1+count(func(s sdktrace.ReadOnlySpan) bool { return s.Parent().SpanID() == parent.SpanID() }))
	search("sql_insert", count(statement("sql_insert")))

	// Enter goes to the first match, which was below closed rows.
	p.key("\r")
	first := p.active()
	if first.Name != "SQL_INSERT" || !first.Match {
		t.Errorf("the first match is %+v", first)
	}
	if got, want := p.text("#found"), "1 of "; !strings.HasPrefix(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	p.key("\r", chromedp.KeyModifiers(kb.ModifierShift))
	if got, want := p.text("#found"), commas(count(statement("sql_insert")))+" of "; !strings.HasPrefix(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	p.key(kb.ArrowDown) // into the rows
	p.key("n")
	p.key("n")
	if got := p.text("#found"); !strings.HasPrefix(got, "2 of ") || !p.active().Focused {
		t.Errorf("found %q", got)
	}
	p.key("/")
	p.key(kb.Escape)
	if got := p.text("#found"); got != "" {
		t.Errorf("found %q after Escape", got)
	}
}

func commas(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

func TestDetails(t *testing.T) {
	big := manyServers(t, 3000)
	p := open(t, big.spans, waterfall.HTMLOptions{Labels: waterfall.Labels{IDs: points.IDs}})
	p.click("#tab-errors")
	p.click("#page-errors .link")
	if got := p.active(); got.Name != "SQL_INSERT" || !strings.Contains(got.Note, "No valid host") {
		t.Fatalf("the error leads to %+v", got)
	}
	// A click on the row shows this.
	p.do(chromedp.Click(chromedp.CSS(`.row[aria-selected="true"] .label`)))
	p.frame()
	text := p.text("#page-span")
	for _, a := range big.failed.Attributes {
		if !strings.Contains(text, string(a.Key)) {
			t.Errorf("no attribute %s", a.Key)
		}
	}
	for _, want := range []string{
		"Error: " + failure, strings.ReplaceAll(big.failed.Attributes[0].Value.String(), " VALUES", "\nVALUES"), big.failed.SpanContext.SpanID().String(),
		big.failed.SpanContext.TraceID().String(), big.failed.Parent.SpanID().String(), "service.name", "Self time", "osprofiler.base_id",
		big.failed.StartTime.UTC().Format("2006-01-02 15:04:05.000000") + " UTC",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	p.click("#page-span .around .link")
	if got := p.text("#page-span .heading h2"); got == "SQL_INSERT" {
		t.Errorf("the parent is %q", got)
	}
	p.key(kb.Escape)
	if eval[bool](p, `!document.getElementById('panel').hidden`) {
		t.Error("Escape leaves the panel open")
	}
}

func TestKeyboard(t *testing.T) {
	p := open(t, manyServers(t, 20000).spans, waterfall.HTMLOptions{})
	p.key("X")
	if rows := p.rows(); len(rows) != 1 || rows[0].Expanded != "false" {
		t.Fatalf("collapsed:\n%s", names(rows))
	}
	p.key(kb.ArrowRight)
	if rows := p.rows(); len(rows) < 10 || rows[0].Expanded != "true" || rows[1].Level != 2 {
		t.Fatalf("→ on the closed root:\n%s", names(rows))
	}
	p.key(kb.ArrowRight)
	if got := p.active(); got.Level != 2 || !got.Focused {
		t.Errorf("→ on the open root leads to %+v", got)
	}
	p.key(kb.ArrowLeft)
	if got := p.active(); got.Level != 1 || !got.Focused {
		t.Errorf("← leads to %+v", got)
	}
	p.key(kb.ArrowLeft)
	if rows := p.rows(); len(rows) != 1 {
		t.Errorf("← on the open root leaves %d rows", len(rows))
	}
	p.key("x")
	height := func() string { return eval[string](p, `document.getElementById('rows').getAttribute('aria-rowcount')`) }
	everything := height()
	for _, step := range []struct {
		key   string
		index string
	}{
		{kb.End, everything}, {kb.Home, "1"}, {kb.ArrowDown, "2"}, {kb.ArrowUp, "1"}, {kb.ArrowUp, "1"},
		{kb.PageDown, ""}, {kb.PageDown, ""}, {kb.PageUp, ""}, {kb.PageUp, "1"},
	} {
		p.key(step.key)
		if got := p.active(); !got.Focused {
			t.Errorf("%q: the focus is not in %+v", step.key, got)
		}
		if got := eval[string](p, `document.activeElement.getAttribute('aria-rowindex')`); step.index != "" && got != step.index {
			t.Errorf("%q leads to row %s, want %s", step.key, got, step.index)
		}
	}
	// The focus stays where it was while the rows scroll away.
	p.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('scroller').scrollTop = 100000`))
	p.frame()
	if got := eval[string](p, `document.activeElement.id`); got != "row-0" {
		t.Errorf("the focus is in %q after scrolling", got)
	}
	p.key(kb.ArrowDown)
	if got := p.active(); !got.Focused {
		t.Errorf("no focus in %+v", got)
	}

	p.key("?")
	if !eval[bool](p, `document.getElementById('help').open`) {
		t.Error("? shows no help")
	}
	p.key(kb.Escape)
	if eval[bool](p, `document.getElementById('help').open`) {
		t.Error("Escape leaves the help open")
	}
	p.key("c")
	if got := eval[string](p, `document.getElementById('critical').getAttribute('aria-pressed')`); got != "false" || eval[int](p, `document.querySelectorAll('.row.critical').length`) != 0 {
		t.Error("c leaves the critical path marked")
	}
	p.key("e")
	if got := p.active(); !strings.Contains(got.Note, "No valid host") {
		t.Errorf("e leads to %+v", got)
	}
}

func TestTotals(t *testing.T) {
	big := manyServers(t, 3000)
	p := open(t, big.spans, waterfall.HTMLOptions{})
	spans, errors := map[string]int{}, map[string]int{}
	for _, s := range big.spans {
		service, _ := s.Resource().Set().Value("service.name")
		for _, name := range []string{service.AsString(), s.SpanKind().String()} {
			spans[name]++
			if s.Status().Description != "" {
				errors[name]++
			}
		}
	}
	table := eval[map[string][]string](p, `Object.fromEntries([...document.querySelectorAll('#page-totals tbody tr')]
		.map((tr) => [tr.firstChild.innerText, [...tr.children].slice(1).map((td) => td.innerText)]))`)
	if len(table) != len(spans) {
		t.Errorf("%d rows, want %d: %v", len(table), len(spans), table)
	}
	for name, n := range spans {
		want := ""
		if errors[name] > 0 {
			want = fmt.Sprintf("✗ %d", errors[name])
		}
		if got := table[name]; len(got) < 2 || got[0] != commas(n) || got[1] != want {
			t.Errorf("%s: %q, want %s and %q", name, got, commas(n), want)
		}
	}
	if got, want := p.text("#summary"), fmt.Sprintf("3,000 spans · %d services · ", 9); !strings.HasPrefix(got, want) || !strings.Contains(got, "1 error") {
		t.Errorf("summary %q, want %q", got, want)
	}
}
