// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func render(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	if err := run(strings.NewReader(text), &out); err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(strings.NewReader(out.String()))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return out.String()
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, out.String())
		}
	}
}

func TestRender(t *testing.T) {
	got := render(t, "\x1b[1mTrace\x1b[0m a <b>  & c\n\x1b[2m└─\x1b[0m \x1b[36mGET\x1b[39m /  \x1b[95m█▌\x1b[0m\n")
	for _, want := range []string{
		`<svg xmlns="http://www.w3.org/2000/svg" width="167" height="68" viewBox="0 0 167 68">`,
		`<text x="16" y="29.5" textLength="42.14" font-weight="bold">Trace</text>`,
		`<text x="66.57" y="29.5" textLength="42.14">a &lt;b&gt;</text>`,
		`<text x="125.56" y="29.5" textLength="25.28">&amp; c</text>`,
		`<path d="M19.61 34h1.2v9.6H19.61zM20.21 42.4h4.21v1.2H20.21zM24.43 42.4h8.43v1.2H24.43z" opacity="0.55"/>`,
		`<text x="41.28" y="47.5" textLength="25.28" fill="#39c5cf">GET</text>`,
		`<text x="75" y="47.5" textLength="8.43">/</text>`,
		`<path d="M100.28 35.5h8.43v15H100.28zM108.71 35.5h4.21v15H108.71z" fill="#e2b6ff"/>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestRenderLeavesCommandsOut(t *testing.T) {
	got := render(t, "a\x1b[2Jb\x07c\x1b[38;5;9md\x1b\n")
	if !strings.Contains(got, ">abcd</text>") {
		t.Error(got)
	}
}
