// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"testing"
)

func TestSetups(t *testing.T) {
	names := map[string]bool{}
	for _, s := range setups {
		if names[s.name] || s.name == "" || s.title == "" || len(s.parameters) == 0 || !strings.HasPrefix(s.parameters[0], "TRACING=") {
			t.Errorf("%+v", s)
		}
		names[s.name] = true
		if (s.headers == noHeaders) != (s.share == 0) {
			t.Errorf("%s sends headers for a share of %v", s.name, s.share)
		}
	}
	if setups[0].name != nothing || !names[nothingAgain] || len(setups) != 19 {
		t.Errorf("%d set-ups: %v", len(setups), setupNames("2026.2"))
	}
	var quick, article []string
	for _, s := range setups {
		if s.quick {
			quick = append(quick, s.name)
		}
		if s.article {
			article = append(article, s.name)
		}
	}
	slices.Sort(quick)
	if want := []string{"native", "no-key", nothing, "otlp", "redis"}; !slices.Equal(quick, want) {
		t.Errorf("a quick run has %q, want %q", quick, want)
	}
	if want := []string{nothing, "auto", "otlp-requests"}; !slices.Equal(article, want) {
		t.Errorf("the article's scenario has %q, want %q", article, want)
	}
	// OpenStack Zed has neither OSProfiler's OTLP driver nor native OpenTelemetry.
	for _, name := range setupNames("zed") {
		if strings.Contains(name, "otlp") || strings.Contains(name, "native") || strings.Contains(name, "auto") || strings.Contains(name, "requests") {
			t.Errorf("Zed has %s", name)
		}
	}
}

func TestChooseSetups(t *testing.T) {
	all, err := chooseSetups(nil, "2026.2")
	if err != nil || len(all) != len(setups) {
		t.Errorf("%d, %v", len(all), err)
	}
	two, err := chooseSetups([]string{"redis", nothing}, "zed")
	if err != nil || len(two) != 2 || two[0].name != nothing {
		t.Errorf("%v, %v", two, err)
	}
	if _, err := chooseSetups([]string{"native"}, "zed"); err == nil || !strings.Contains(err.Error(), `zed has no set-up "native": there are none, none-again`) {
		t.Error(err)
	}
}

func TestUnexpectedSpans(t *testing.T) {
	sees := setup{sees: []layer{httpServer, rpc}}
	if err := sees.unexpected(spans{httpServer: 1, rpc: 2}); err != nil {
		t.Error(err)
	}
	err := sees.unexpected(spans{rpc: 2, sql: 3})
	if err == nil || err.Error() != "there is no span of the layer HTTP server\nthere are 3 spans of the layer SQL" {
		t.Error(err)
	}
}

func setupNamed(name string) setup {
	return setups[slices.IndexFunc(setups, func(s setup) bool { return s.name == name })]
}
