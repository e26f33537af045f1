// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html"
	"io"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// HTMLOptions say what a page contains.
type HTMLOptions struct {
	// Labels say what is written of a span.
	Labels Labels
	// Title is the page's title. If it is empty, the title is "Trace" and the
	// trace id.
	Title string
	// Notes are what the reader should know of the trace before anything
	// else, a sentence or two each. They stand below the title.
	Notes []string
}

// HTML writes a trace to w as one HTML document that needs no other file and no
// network. Its Content-Security-Policy allows only its own script to run. It is for
// browsers from 2024 and later.
//
// The page has a tree of all spans, with all their data. Four or more equal siblings
// in sequence share one row, which the reader can open. HTML returns the error of w.
func HTML(w io.Writer, spans []sdktrace.ReadOnlySpan, opts HTMLOptions) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if opts.Title == "" {
		opts.Title = "Trace"
		if len(spans) > 0 {
			opts.Title += " " + spans[0].SpanContext().TraceID().String()
		}
	}
	for rest := page.html; ; {
		before, after, more := strings.Cut(rest, "{{")
		out.WriteString(before)
		if !more {
			return out.Flush()
		}
		place, after, _ := strings.Cut(after, "}}")
		switch place {
		case "title":
			out.WriteString(html.EscapeString(strings.ToValidUTF8(opts.Title, "\ufffd")))
		case "policy":
			out.WriteString(page.policy)
		case "style":
			out.WriteString(page.style)
		case "script":
			out.WriteString(page.script)
		case "data":
			newPageData(out, spans, opts.Labels).write(opts)
		}
		rest = after
	}
}

// page has the parts that all pages have in common.
var page = readPage()

type pageParts struct{ html, style, script, policy string }

//go:embed page
var pageFiles embed.FS

// pageScripts are in the order in which their code runs.
var pageScripts = [...]string{
	"model.js", "dom.js", "duration.js", "colour.js", "view.js", "tree.js", "axis.js", "bars.js",
	"rows.js", "overview.js", "gestures.js", "search.js", "details.js", "panel.js", "keys.js", "main.js",
}

// Theme returns the colours of the pages that [HTML] writes, in CSS: custom properties
// such as --background, --text and --service-0 to --service-9, each for a light and a
// dark screen. A page about traces that has this text at the beginning of its style
// sheet looks like those pages.
func Theme() string { return read("theme.css") }

func read(name string) string {
	text, err := pageFiles.ReadFile("page/" + name)
	if err != nil {
		panic(err) // it is part of the program
	}
	return string(text)
}

func readPage() pageParts {
	var script strings.Builder
	script.WriteString("'use strict';\n{\n")
	for _, name := range pageScripts {
		script.WriteString(read(name))
	}
	script.WriteString("}\n")
	p := pageParts{html: read("page.html"), style: Theme() + read("page.css"), script: script.String()}
	p.policy = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + source(p.style) + "; script-src " + source(p.script)
	return p
}

// source returns the policy's expression for text in the page.
func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
