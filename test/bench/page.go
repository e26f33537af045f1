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

// render writes the page. What it says lies in page.md.tmpl; every figure comes
// from what was measured.
func render(measured *results, dir string) ([]byte, error) {
	p := page{measured, dir}
	parsed, err := template.New("page.md.tmpl").Funcs(template.FuncMap{
		"config": p.config, "note": p.note, "has": p.has, "runs": p.runs,
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

// note returns what sha256.txt says of how it was measured, where that is not as
// the page says of everything.
func (p page) note() string { return p.measured.config["note"] }

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
	ns, err := p.measured.difference(name, than, "ns/op")
	return duration(ns), err
}

// share returns what part of a time the difference of two others is.
func (p page) share(name, than, of string) (string, error) {
	more, err := p.measured.difference(name, than, "ns/op")
	whole, err2 := p.measured.median(of, "ns/op")
	return strconv.FormatFloat(100*more/whole, 'f', 1, 64) + " %", errors.Join(err, err2)
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

// links are the relative ones of a Markdown text.
var links = regexp.MustCompile(`\]\(([^):]+)\)`)

// fragment returns a file of the folder docs/performance, or nothing where there
// is none. Its links are relative to that folder, and the page stands above it.
func (p page) fragment(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	text = links.ReplaceAll(text, []byte("](performance/$1)"))
	return strings.TrimSpace(string(text)), err
}
