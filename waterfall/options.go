// SPDX-License-Identifier: Apache-2.0

package waterfall

import "time"

// Options say which spans of a trace are drawn, and how.
type Options struct {
	// Labels say what is written of a span.
	Labels Labels
	// Width is the number of columns that no line exceeds. 0 means the width
	// of the terminal, or 80 if the drawing is not written to one. Below 60
	// columns the drawing has no service names, and below 40 no time axis.
	Width int
	// Color says when the drawing has colours.
	Color Color
	// Unfold gives every span a line of its own.
	Unfold bool
	// Notes are what the reader should know of the trace before anything
	// else, a sentence or two each. They stand below the title.
	Notes []string

	// Services, Names and MinDuration choose spans: only those that match all
	// three are shown, and one that is empty or zero matches every span. The
	// spans above them are drawn too, faint and with a thin bar, and are not
	// part of any total.

	// Services are texts of which a span's service.name must contain one, in
	// upper or lower case: "cart" matches cart-api and cart-worker.
	Services []string
	// Names are texts of which a span's name must contain one, in upper or
	// lower case. The name is also searched in the form in which it is drawn,
	// with its detail and with "{id}" in place of long ids.
	Names []string
	// MinDuration is the shortest time that a span must have taken. A span
	// that is unfinished always matches, because nobody knows how long it took.
	MinDuration time.Duration
}
