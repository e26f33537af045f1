package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

//go:embed page.md.tmpl
var pageTemplate string

// render writes the page. What it says lies in page.md.tmpl; every figure comes
// from what was measured.
func render(measured *results, dir string) ([]byte, error) {
	p := page{measured, dir}
	parsed, err := template.New("page.md.tmpl").Funcs(template.FuncMap{
		"config": p.config, "has": p.has, "runs": p.runs,
		"compare": p.compare, "loopback": p.loopback, "growth": p.growth, "fragment": p.fragment,
		"time": p.time, "more": p.more, "share": p.share, "ratio": p.ratio, "number": p.number,
	}).Parse(pageTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = parsed.Execute(&b, nil)
	return b.Bytes(), err
}

type page struct {
	measured *results
	dir      string
}

// config returns what the raw files say of the machine or the programs.
func (p page) config(key string) (string, error) {
	value, ok := p.measured.config[key]
	if !ok {
		return "", fmt.Errorf("the raw files do not say %s", key)
	}
	return value, nil
}

// has reports whether something was measured.
func (p page) has(name string) bool { return p.measured.values[name] != nil }

// runs returns how often it was.
func (p page) runs(name string) int { return len(p.measured.values[name]["ns/op"]) }

// time returns how long an operation takes.
func (p page) time(name string) (string, error) {
	ns, err := p.measured.median(name, "ns/op")
	return duration(ns), err
}

// more returns how much longer one takes than the other.
func (p page) more(name, than string) (string, error) {
	a, err := p.measured.median(name, "ns/op")
	b, err2 := p.measured.median(than, "ns/op")
	return duration(a - b), errors.Join(err, err2)
}

// share returns what part of a time the difference of two others is.
func (p page) share(name, than, of string) (string, error) {
	a, err := p.measured.median(name, "ns/op")
	b, err2 := p.measured.median(than, "ns/op")
	whole, err3 := p.measured.median(of, "ns/op")
	return strconv.FormatFloat(100*(a-b)/whole, 'f', 1, 64) + " %", errors.Join(err, err2, err3)
}

// ratio returns how many times as long one takes as the other.
func (p page) ratio(name, to string) (string, error) {
	r, err := p.measured.ratio(name, to, "ns/op")
	return r.String(), err
}

// number returns a figure of any unit.
func (p page) number(name, unit string) (string, error) {
	n, err := p.measured.median(name, unit)
	return number(n), err
}

// fragment returns a file that stands beside the raw files, or nothing.
func (p page) fragment(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// compare returns the table of a group, each beside one of them, if one is
// named.
func (p page) compare(group, beside string) (string, error) {
	rows := [][]string{{"", "ns/op", "B/op", "allocs/op"}}
	if beside != "" {
		rows[0] = append(rows[0], "beside "+label(beside))
	}
	for _, name := range p.measured.of(group) {
		row := []string{label(name)}
		for _, unit := range []string{"ns/op", "B/op", "allocs/op"} {
			n, err := p.measured.median(group+"/"+name, unit)
			switch {
			case err == nil:
				row = append(row, number(n))
			case unit == "ns/op":
				return "", err
			default:
				row = append(row, "")
			}
		}
		switch beside {
		case "":
		case name:
			row = append(row, "1")
		default:
			r, err := p.measured.ratio(group+"/"+name, group+"/"+beside, "ns/op")
			if err != nil {
				return "", err
			}
			row = append(row, r.String())
		}
		rows = append(rows, row)
	}
	return table(rows), nil
}

// loopback returns the table of requests a second, each beside one of them.
func (p page) loopback(beside string) (string, error) {
	return p.grid("Loopback", "", func(name, n string) (string, error) {
		rate, err := p.measured.median("Loopback/"+name+"/n="+n, "req/s")
		if err != nil || name == beside {
			return number(rate), err
		}
		r, err := p.measured.ratio("Loopback/"+name+"/n="+n, "Loopback/"+beside+"/n="+n, "req/s")
		return number(rate) + ": " + r.String(), err
	})
}

// growth returns the table of a group that is measured with more and more.
func (p page) growth(group, of string) (string, error) {
	ns := p.sizes(group)
	first, last := ns[0], ns[len(ns)-1]
	return p.grid(group, of, func(name, n string) (string, error) {
		if n == "" {
			r, err := p.measured.ratio(group+"/"+name+"/n="+last, group+"/"+name+"/n="+first, "ns/op")
			return r.String(), err
		}
		took, err := p.measured.median(group+"/"+name+"/n="+n, "ns/op")
		return number(took), err
	})
}

// grid returns a table with a column for each n and, where there is a heading for
// the first column, one more for the whole row, for which n is empty.
func (p page) grid(group, heading string, cell func(name, n string) (string, error)) (string, error) {
	ns := p.sizes(group)
	if len(ns) == 0 {
		return "", fmt.Errorf("%s %w", group, errNotMeasured)
	}
	rows := [][]string{{heading}}
	for _, n := range ns {
		rows[0] = append(rows[0], thousands(n))
	}
	columns := ns
	if heading != "" {
		rows[0] = append(rows[0], "last ÷ first")
		columns = append(slices.Clone(ns), "")
	}
	for _, name := range p.measured.of(group) {
		name, ok := strings.CutSuffix(name, "/n="+ns[0])
		if !ok {
			continue
		}
		row := []string{label(name)}
		for _, n := range columns {
			text, err := cell(name, n)
			if err != nil {
				return "", err
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return table(rows), nil
}

// sizes returns the values of n in a group.
func (p page) sizes(group string) (ns []string) {
	for _, name := range p.measured.of(group) {
		if _, n, ok := strings.Cut(name, "/n="); ok && !slices.Contains(ns, n) {
			ns = append(ns, n)
		}
	}
	return ns
}
