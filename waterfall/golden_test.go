// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for name, test := range map[string]struct {
		spans []sdktrace.ReadOnlySpan
		opts  Options
	}{
		"createserver-80":       {createserver(), Options{}},
		"createserver-80-color": {createserver(), Options{Color: ColorAlways}},
		"createserver-120":      {createserver(), Options{Width: 120}},
		"createserver-200":      {createserver(), Options{Width: 200}},
		"createserver-50":       {createserver(), Options{Width: 50}},
		"createserver-30":       {createserver(), Options{Width: 30}},
		"odd":                   {odd(), Options{Labels: labeled}},
		"deep":                  {deep(60), Options{}},
		"polling":               {polling(), Options{}},
		"empty":                 {nil, Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", draw(t, test.spans, test.opts))
		})
	}
}

func draw(t testing.TB, spans []sdktrace.ReadOnlySpan, opts Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Draw(&out, spans, opts); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run the test with -update if it should.\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}
