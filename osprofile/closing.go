// SPDX-License-Identifier: Apache-2.0

package osprofile

import (
	"fmt"
	"io"

	"github.com/ostrace/ostrace/propagation"
)

const droppedLine = "No trace was recorded: OpenTelemetry's sampler dropped the command's span, and only sampled requests are signed; " +
	"set OTEL_TRACES_SAMPLER=parentbased_always_on\n"

// WriteClosing writes, where a key was given, the lines with which the
// openstack command says how to find the trace (osc_lib/shell.py,
// close_profile), and after them the command of this project; they belong on
// standard error:
//
//	Trace ID: cd613e30-d8f1-4adf-91b7-584a2265b1f5
//	Short trace ID for OpenTracing-based drivers: 91b7584a2265b1f5
//	Display trace data with command:
//	osprofiler trace show --html cd613e30-d8f1-4adf-91b7-584a2265b1f5
//	ostrace show cd613e30-d8f1-4adf-91b7-584a2265b1f5
//
// Where OpenTelemetry's sampler dropped the command's span, so that nothing was
// signed, it writes one line instead that says so and what to set. That is
// OTEL_TRACES_SAMPLER, which the SDK heeds unless the program sets a sampler of
// its own. Without a key it writes nothing.
//
// It may be called before or after [Run.End]. The error is that of w, which is
// written to once.
func (r *Run) WriteClosing(w io.Writer) error {
	if r == nil || !r.keyed {
		return nil
	}
	id := r.BaseID()
	if id == "" {
		_, err := io.WriteString(w, droppedLine)
		return err
	}
	_, err := fmt.Fprintf(w, "Trace ID: %s\n"+
		"Short trace ID for OpenTracing-based drivers: %s\n"+
		"Display trace data with command:\n"+
		"osprofiler trace show --html %s \n"+
		"ostrace show %s\n", id, propagation.ShortID(r.traceID), id, id)
	return err
}
