// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"text/template"
)

//go:embed page.md.tmpl
var pageTemplate string

// render writes the page. Its text is in page.md.tmpl, and all its figures are
// measured.
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

// config returns a configuration value of the raw files, about the machine or
// the programs.
func (p page) config(key string) (string, error) {
	value, ok := p.measured.config[key]
	if !ok {
		return "", fmt.Errorf("the raw files do not say %s", key)
	}
	return value, nil
}

// has reports whether something was measured.
func (p page) has(name string) bool { return p.measured.values[name] != nil }

// runs returns how often an operation was measured.
func (p page) runs(name string) int { return len(p.measured.values[name]["ns/op"]) }

// time returns how long an operation takes.
func (p page) time(name string) (string, error) {
	ns, err := p.measured.median(name, "ns/op")
	return duration(ns), err
}

// more returns how much longer one operation takes than the other.
func (p page) more(name, than string) (string, error) {
	ns, err := p.measured.difference(name, than, "ns/op")
	return duration(ns), err
}

// share returns the difference of two times as a part of a third.
func (p page) share(name, than, of string) (string, error) {
	more, err := p.measured.difference(name, than, "ns/op")
	whole, err2 := p.measured.median(of, "ns/op")
	return strconv.FormatFloat(100*more/whole, 'f', 1, 64) + " %", errors.Join(err, err2)
}

// ratio returns how many times as long one operation takes as the other.
func (p page) ratio(name, to string) (string, error) {
	r, err := p.measured.ratio(name, to, "ns/op")
	return r.String(), err
}

// number returns a figure of any unit.
func (p page) number(name, unit string) (string, error) {
	n, err := p.measured.median(name, unit)
	return number(n), err
}

// links matches the relative links of a Markdown text.
var links = regexp.MustCompile(`\]\(([^):]+)\)`)

// fragment returns a file of the folder docs/performance, or an empty text if
// it does not exist. It changes the links, which are relative to that folder,
// because the page is in the folder above.
func (p page) fragment(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	text = links.ReplaceAll(text, []byte("](performance/$1)"))
	return strings.TrimSpace(string(text)), err
}
