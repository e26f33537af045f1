// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// row is a row of the CSV. A block of rows is what was measured at the same time: some
// set-ups, and the baseline. Its last row is about the block itself.
type row struct {
	round int
	place int // of the block in the round, from 1
	setup string

	work string // or blockEnd
	of   string // a service, ofClient, ofCall and a kind of call, or empty for the whole work

	calls     int
	wall      time.Duration
	p50, p90  time.Duration // of the calls' times
	cpu       time.Duration // while the set-up had its turn
	outOfTurn time.Duration // processor time besides
	window    time.Duration // from the beginning of the measurement to its end
	resident  int64         // bytes
	spans     spans
	bytes     int64     // stored or sent
	at        time.Time // the end of the block
}

const (
	blockEnd = "end of the block"
	ofClient = "client"
	ofCall   = "call: "
)

var header = []string{
	"round", "place", "setup", "work", "of", "calls", "wall_s", "p50_s", "p90_s", "cpu_s", "out_of_turn_cpu_s", "window_s", "resident_bytes",
	"http_server", "http_client", "rpc", "sql", "driver", "function", "bytes", "at",
}

func (r row) fields() []string {
	fields := []string{
		strconv.Itoa(r.round), strconv.Itoa(r.place), r.setup, r.work, r.of, number(int64(r.calls)),
		seconds(r.wall), seconds(r.p50), seconds(r.p90), seconds(r.cpu), seconds(r.outOfTurn), seconds(r.window), number(r.resident),
	}
	for _, n := range r.spans {
		fields = append(fields, number(int64(n)))
	}
	at := ""
	if !r.at.IsZero() {
		at = r.at.UTC().Format(time.RFC3339)
	}
	return append(fields, number(r.bytes), at)
}

// A zero is an empty field, because most of them are.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 6, 64)
}

// parseRow reads the fields of a row.
func parseRow(fields []string) (r row, err error) {
	if len(fields) != len(header) {
		return r, fmt.Errorf("it has %d fields, not %d", len(fields), len(header))
	}
	fail := func(failure error) {
		if failure != nil && err == nil {
			err = failure
		}
	}
	integer := func(i int) int64 {
		if fields[i] == "" {
			return 0
		}
		n, failure := strconv.ParseInt(fields[i], 10, 64)
		fail(failure)
		return n
	}
	duration := func(i int) time.Duration {
		if fields[i] == "" {
			return 0
		}
		d, failure := time.ParseDuration(fields[i] + "s")
		fail(failure)
		return d
	}
	r = row{
		round: int(integer(0)), place: int(integer(1)), setup: fields[2], work: fields[3], of: fields[4], calls: int(integer(5)),
		wall: duration(6), p50: duration(7), p90: duration(8), cpu: duration(9), outOfTurn: duration(10), window: duration(11),
		resident: integer(12), bytes: integer(19),
	}
	for l := range r.spans {
		r.spans[l] = int(integer(13 + l))
	}
	if fields[20] != "" {
		r.at, err = time.Parse(time.RFC3339, fields[20])
		fail(err)
	}
	return r, err
}

// table is the CSV, with what is the same for all of it in comments at its beginning.
type table struct {
	facts facts
	rows  []row
}

// facts are what a reader of the measurements must know, and a run that goes on must
// not change.
type facts struct {
	seed    uint64
	release string
	quick   bool
	machine string
}

func (f facts) comments() string {
	return fmt.Sprintf("# seed: %d\n# release: %s\n# quick: %t\n# machine: %s\n", f.seed, f.release, f.quick, f.machine)
}

// fact reads a comment.
func (f *facts) fact(line string) (err error) {
	name, value, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "#")), ": ")
	switch name {
	case "seed":
		f.seed, err = strconv.ParseUint(value, 10, 64)
	case "release":
		f.release = value
	case "quick":
		f.quick, err = strconv.ParseBool(value)
	case "machine":
		f.machine = value
	}
	return err
}

// write writes the table.
func (t table) write(w io.Writer) error {
	if _, err := io.WriteString(w, t.facts.comments()+strings.Join(header, ",")+"\n"); err != nil {
		return err
	}
	return writeRows(w, t.rows)
}

func writeRows(w io.Writer, rows []row) error {
	lines := csv.NewWriter(w)
	for _, r := range rows {
		_ = lines.Write(r.fields())
	}
	lines.Flush()
	return lines.Error() // also the error of the calls above
}

// readTable reads a table. It leaves out the rows of a block that is not whole,
// because the program was ended while it wrote them.
func readTable(text []byte) (t table, err error) {
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("#")) {
			if err := t.facts.fact(string(line)); err != nil {
				return t, fmt.Errorf("%s: %w", bytes.TrimSpace(line), err)
			}
		}
	}
	// The last line is a whole one only if it ends with a line feed.
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	lines := csv.NewReader(bytes.NewReader(text))
	lines.Comment = '#'
	lines.FieldsPerRecord = len(header)
	if _, err := lines.Read(); err != nil {
		return t, fmt.Errorf("the line with the names of the columns: %w", err)
	}
	whole := 0
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return t, err
		}
		r, err := parseRow(fields)
		if err != nil {
			return t, fmt.Errorf("the row %q: %w", fields, err)
		}
		if t.rows = append(t.rows, r); r.work == blockEnd {
			whole = len(t.rows)
		}
	}
	t.rows = t.rows[:whole]
	return t, nil
}

// openTable reads the table in a file, or makes the file. It refuses a file of other
// facts. The machine's name may differ a little, such as by another version of Go.
func openTable(name string, f facts) (table, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		t := table{facts: f}
		return t, t.save(name)
	}
	if err != nil {
		return table{}, err
	}
	t, err := readTable(text)
	if err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	if t.facts.release != f.release || t.facts.quick != f.quick {
		return t, fmt.Errorf("%s has measurements of OpenStack %s, quick: %t; name another folder with -output, or remove the file", name, t.facts.release, t.facts.quick)
	}
	return t, t.save(name)
}

// save writes the table to a file, as a whole.
func (t table) save(name string) error {
	var b bytes.Buffer
	if err := t.write(&b); err != nil {
		return err
	}
	if err := os.WriteFile(name+".new", b.Bytes(), 0o644); err != nil { //nolint:gosec // results are for all to read
		return err
	}
	return os.Rename(name+".new", name)
}

// appendBlock adds a block to the table and to the end of its file.
func (t *table) appendBlock(name string, block []row) (err error) {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := writeRows(file, block); err != nil {
		return err
	}
	t.rows = append(t.rows, block...)
	return file.Sync()
}

// has reports whether the table has a block of the round with the set-up.
func (t table) has(round int, setup string) bool {
	return slices.ContainsFunc(t.rows, func(r row) bool { return r.round == round && r.setup == setup })
}

// blocks returns the number of blocks of the round.
func (t table) blocks(round int) (n int) {
	for _, r := range t.rows {
		if r.round == round {
			n = max(n, r.place)
		}
	}
	return n
}
