// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/ostrace/ostrace/internal/endpoint"
)

const (
	unknownTotal = -1
	// progressDelay is the time after which work gets a bar.
	progressDelay = 500 * time.Millisecond
)

// progress is a bar on standard error, if that is a terminal and the work takes
// long.
type progress struct {
	stderr      io.Writer // nil for no bar
	label, unit string
	total, done int
	begun       time.Time
	bar         *progressbar.ProgressBar
}

func newProgress(stderr io.Writer, label, unit string, total int) *progress {
	p := &progress{label: oneLine(endpoint.Redact(label)), unit: unit, total: total, begun: time.Now()}
	if file, ok := stderr.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.stderr = stderr
	}
	return p
}

func (p *progress) add(n int) {
	p.done += n
	if p.stderr == nil {
		return
	}
	if p.bar == nil {
		if time.Since(p.begun) < progressDelay {
			return
		}
		rate := progressbar.OptionShowIts()
		if p.unit == "bytes" {
			rate = progressbar.OptionShowBytes(true)
		}
		p.bar = progressbar.NewOptions(p.total,
			progressbar.OptionSetWriter(p.stderr),
			progressbar.OptionSetDescription(p.label),
			progressbar.OptionSetItsString(p.unit),
			progressbar.OptionShowCount(),
			rate,
			progressbar.OptionFullWidth(),
			progressbar.OptionThrottle(progressDelay/5),
			progressbar.OptionSetSpinnerChangeInterval(0), // otherwise it draws by itself for ever
			progressbar.OptionClearOnFinish(),
		)
	}
	_ = p.bar.Set(p.done) // a bar that can't be drawn is not an error
}

// end removes the bar. It can be called twice.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
	p.stderr = nil
}
