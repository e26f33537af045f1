// SPDX-License-Identifier: Apache-2.0

package osprofile

import (
	"errors"
	"io"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// The first four lines are what close_profile of osc-lib 2.6.2 printed on
// CPython for the same base_id.
func TestWriteClosing(t *testing.T) {
	const lines = "Trace ID: b74f3410-5463-852d-009c-4723dde138d8\n" +
		"Short trace ID for OpenTracing-based drivers: 9c4723dde138d8\n" +
		"Display trace data with command:\n" +
		"osprofiler trace show --html b74f3410-5463-852d-009c-4723dde138d8 \n" +
		"ostrace show b74f3410-5463-852d-009c-4723dde138d8\n"
	t.Setenv("TRACEPARENT", "00-"+outerTrace+"-"+outerSpan+"-00")
	for name, test := range map[string]struct {
		profile *Profile
		sampler sdktrace.Sampler
		want    string
	}{
		"key":             {keyed(), sdktrace.ParentBased(sdktrace.NeverSample()), lines},
		"key, dropped":    {keyed(), sdktrace.NeverSample(), droppedLine},
		"no key":          {&Profile{}, sdktrace.AlwaysSample(), ""},
		"no key, dropped": {&Profile{}, sdktrace.NeverSample(), ""},
	} {
		provider, _ := newSDK(sdktrace.WithSampler(test.sampler))
		_, run := start(t, test.profile, provider)
		for _, when := range []string{"before End", "after End"} {
			var output strings.Builder
			if err := run.WriteClosing(&output); err != nil || output.String() != test.want {
				t.Errorf("%s, %s: wrote %q, %v", name, when, output.String(), err)
			}
			run.End(nil)
		}
	}
	for name, provider := range withoutSDK() {
		var output strings.Builder
		_, run := start(t, keyed(), provider)
		if err := run.WriteClosing(&output); err != nil || output.String() != lines {
			t.Errorf("%s: wrote %q, %v", name, output.String(), err)
		}
	}
}

func TestDroppedLineSaysWhatToSet(t *testing.T) {
	if strings.Count(droppedLine, "\n") != 1 || !strings.HasSuffix(droppedLine, "set OTEL_TRACES_SAMPLER=parentbased_always_on\n") {
		t.Errorf("%q", droppedLine)
	}
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_always_on")
	provider, _ := newSDK()
	if _, run := start(t, keyed(), provider); run.BaseID() == "" {
		t.Error("what it says does not help")
	}
}

// brokenWriter is a standard error that was closed.
type brokenWriter struct{ calls int }

func (w *brokenWriter) Write([]byte) (int, error) {
	w.calls++
	return 0, io.ErrClosedPipe
}

func TestWriteClosingReturnsTheWritersError(t *testing.T) {
	for name, sampler := range map[string]sdktrace.Sampler{"signed": sdktrace.AlwaysSample(), "dropped": sdktrace.NeverSample()} {
		provider, _ := newSDK(sdktrace.WithSampler(sampler))
		_, run := start(t, keyed(), provider)
		broken := &brokenWriter{}
		if err := run.WriteClosing(broken); !errors.Is(err, io.ErrClosedPipe) || broken.calls != 1 {
			t.Errorf("%s: %v after %d writes", name, err, broken.calls)
		}
	}
}
