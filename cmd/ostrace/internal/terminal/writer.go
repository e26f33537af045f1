// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"bufio"
	"cmp"
	"io"
	"os"
	"strings"

	"github.com/rivo/uniseg"
	"golang.org/x/term"

	"github.com/ostrace/ostrace/waterfall"
)

// defaultWidth is the width of text that is not written to a terminal.
const defaultWidth = 80

// Style is an ANSI SGR parameter.
type Style string

// The styles of text.
const (
	Plain Style = ""
	Bold  Style = "1"
	Faint Style = "2"
	Red   Style = "31"
	Green Style = "32"
)

// Writer writes lines.
type Writer struct {
	// Width is the number of columns of a line.
	Width int

	out   *bufio.Writer
	color bool
}

// NewWriter returns a writer of lines that are as wide as the terminal w or, if w is
// not a terminal, 80 columns. The colours are those of package waterfall.
func NewWriter(w io.Writer, color waterfall.Color) *Writer {
	t := &Writer{Width: defaultWidth, out: bufio.NewWriter(w), color: color.On(w)}
	if file, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			t.Width = width
		}
	}
	return t
}

// Flush writes what is buffered. It returns the first error of the writer below.
func (t *Writer) Flush() error { return t.out.Flush() }

// Line writes a line. What does not fit is cut off.
func (t *Writer) Line(style Style, text string) {
	t.write(style, Cut(text, t.Width))
	t.out.WriteByte('\n')
}

// Paragraph writes a text in as many lines as it needs.
func (t *Writer) Paragraph(style Style, text string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimPrefix(line+" "+word, " ")
		if line != "" && uniseg.StringWidth(longer) > t.Width {
			t.Line(style, line)
			longer = word
		}
		line = longer
	}
	t.Line(style, line)
}

// Break writes an empty line.
func (t *Writer) Break() { t.out.WriteByte('\n') }

func (t *Writer) write(style Style, text string) {
	if !t.color || style == Plain || text == "" {
		t.out.WriteString(text)
		return
	}
	t.out.WriteString("\x1b[" + string(style) + "m" + text + "\x1b[0m")
}

// Column is a column of figures, which ends at the right.
type Column struct {
	Title string
	Width int
}

// Row is a row of a table.
type Row struct {
	Style   Style
	Text    string   // in the first column, which has the room that the others leave
	Figures []string // in the other columns
	Below   string   // a line of its own below the row
}

// Table writes a table with a line of titles.
func (t *Writer) Table(title string, columns []Column, rows []Row) {
	room := t.Width
	titles := make([]string, len(columns))
	for i, c := range columns {
		room -= 1 + c.Width
		titles[i] = c.Title
	}
	room = max(room, len(title))
	t.row(Bold, room, columns, Row{Text: title, Figures: titles})
	for _, row := range rows {
		t.row(row.Style, room, columns, row)
		if row.Below != "" {
			t.Line(Faint, "  "+row.Below)
		}
	}
}

func (t *Writer) row(style Style, room int, columns []Column, row Row) {
	text := Cut(row.Text, room)
	var line strings.Builder
	line.WriteString(strings.Repeat(" ", room-uniseg.StringWidth(text)))
	for i, c := range columns {
		figure := Cut(row.Figures[i], c.Width)
		line.WriteString(strings.Repeat(" ", 1+c.Width-uniseg.StringWidth(figure)) + figure)
	}
	t.write(style, text)
	t.write(cmp.Or(onlyBold(style), Plain), strings.TrimRight(line.String(), " "))
	t.out.WriteByte('\n')
}

// onlyBold returns the style of a row's figures, which are plain below the titles.
func onlyBold(style Style) Style {
	if style == Bold {
		return Bold
	}
	return Plain
}
