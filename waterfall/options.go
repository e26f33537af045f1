// SPDX-License-Identifier: Apache-2.0

package waterfall

import "time"

// Options say what of a trace is drawn, and how.
type Options struct {
	// Width is the number of columns that no line exceeds. 0 means 80. Below
	// 60 there is no column for the service, below 40 no time axis.
	Width int
	// Color turns ANSI colours on. Without it, the text has no escape
	// sequences.
	Color bool
	// Unfold gives every span a line of its own.
	Unfold bool
	// Notes are what the reader should know of the trace before anything
	// else, a sentence or two each. They stand below the title.
	Notes []string

	// Services, Names and MinDuration say which spans are shown, which is
	// those that all of them match; one that is empty or zero matches every
	// span. The spans above them are drawn too, faint and with a thin bar, and
	// are counted nowhere.

	// Services are texts of which a span's service.name holds one, in upper
	// or lower case: "nova" matches nova-api and nova-compute.
	Services []string
	// Names are texts of which a span's name holds one, in upper or lower
	// case. The name is also searched as it is drawn, that is with the
	// function's name behind it and with "{id}" for long ids.
	Names []string
	// MinDuration is the shortest time that a span took. An unfinished span
	// matches whatever it is, as nobody knows how long it went on.
	MinDuration time.Duration
}
