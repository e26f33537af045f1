// SPDX-License-Identifier: Apache-2.0

package chromium_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/ostrace/ostrace/test/chromium"
	"github.com/ostrace/ostrace/waterfall"
)

// scroll makes an event of the mouse wheel. The protocol needs both directions,
// but chromedp does not send a 0.
func scroll(dy float64) chromedp.MouseOption {
	return func(p *input.DispatchMouseEventParams) { p.DeltaX, p.DeltaY = 1e-9, dy }
}

func TestTheme(t *testing.T) {
	p := open(t, manyServers(t, 200).spans, waterfall.HTMLOptions{})
	background := func() string {
		t.Helper()
		p.frame()
		return eval[string](p, `getComputedStyle(document.body).backgroundColor`)
	}
	light := background()
	p.do(chromium.Theme("dark"))
	dark := background()
	if light == dark {
		t.Errorf("the background is %s in both themes", light)
	}
	p.click("#theme")
	if got := background(); got != light {
		t.Errorf("the toggle makes %s of %s", dark, got)
	}
	p.do(chromium.Theme("light"))
	p.key("t")
	if got := background(); got != dark {
		t.Errorf("the key makes %s of %s", light, got)
	}
}

// WCAG 2.2 AA asks for a contrast of 4.5 for text (1.4.3), and of 3 for other
// parts that must be seen (1.4.11).
func TestContrast(t *testing.T) {
	for _, theme := range []string{"light", "dark"} {
		t.Run(theme, func(t *testing.T) {
			p := open(t, manyServers(t, 200).spans, waterfall.HTMLOptions{})
			p.do(chromium.Theme(theme))
			color := func(name string) [3]float64 {
				t.Helper()
				return eval[[3]float64](p, fmt.Sprintf(`(() => {
					const e = document.body.appendChild(document.createElement('i'));
					e.style.color = 'var(--%s)';
					const color = getComputedStyle(e).color;
					e.remove();
					return color.match(/\d+/g).slice(0, 3).map(Number);
				})()`, name))
			}
			check := func(front, back string, least float64) {
				t.Helper()
				if got := contrast(color(front), color(back)); got < least {
					t.Errorf("%s on %s has %.2f, want %.1f", front, back, got, least)
				}
			}
			for _, back := range []string{"background", "raised", "hover", "active", "match"} {
				for _, text := range []string{"text", "faint", "error", "accent"} {
					check(text, back, 4.5)
				}
				check("path", back, 3)
				for i := range 10 {
					check(fmt.Sprintf("service-%d", i), back, 3)
				}
			}
		})
	}
}

func contrast(a, b [3]float64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(color [3]float64) float64 {
	sum := 0.0
	for i, weight := range [3]float64{0.2126, 0.7152, 0.0722} {
		c := color[i] / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// Assistive technology gets the right roles, names and states.
func TestAccessibility(t *testing.T) {
	p := open(t, manyServers(t, 3000).spans, waterfall.HTMLOptions{})
	tree, err := chromedp.Call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	value := func(v *accessibility.Value) (text string) {
		if v != nil {
			_ = json.Unmarshal(v.Value, &text)
		}
		return text
	}
	roles := map[string][]string{}
	for _, n := range tree.Nodes {
		if n.Ignored {
			continue
		}
		role := value(n.Role)
		if role == "row" && value(n.Name) == "" {
			continue // part of a table
		}
		roles[role] = append(roles[role], value(n.Name))
		switch role {
		case "button", "searchbox", "tab", "tabpanel", "slider", "treegrid", "splitter", "dialog":
			if strings.TrimSpace(value(n.Name)) == "" {
				t.Errorf("a %s has no name", role)
			}
		}
	}
	if got := roles["treegrid"]; len(got) != 1 || got[0] != "Spans" {
		t.Errorf("treegrids %q", got)
	}
	rows := p.rows()
	if len(roles["row"]) != len(rows) {
		t.Fatalf("%d rows, want %d", len(roles["row"]), len(rows))
	}
	for i, r := range rows {
		if got := roles["row"][i]; !strings.Contains(got, r.Name) || !strings.Contains(got, r.Service) || !strings.Contains(got, r.Time) {
			t.Errorf("row %d is called %q, want %+v", i, got, r)
		}
	}
	if len(roles["tab"]) != 4 || len(roles["tabpanel"]) != 1 || len(roles["searchbox"]) != 1 || len(roles["slider"]) != 2 {
		t.Errorf("roles %v", roles)
	}
}
