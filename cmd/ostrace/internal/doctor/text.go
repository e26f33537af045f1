// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"
)

// width is the number of columns of a terminal.
const width = 80

// WriteText writes the report for people, in lines of at most 80 columns.
func (r *Report) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	switch {
	case len(r.Services) > 0:
		writeServices(out, r.Services)
	case len(r.Stored) > 0:
		writeStored(out, r.Stored)
	}
	if r.Store != nil {
		out.WriteString("\n")
		paragraph(out, "", r.Store.sentence())
	}
	for _, f := range r.Findings {
		out.WriteString("\n")
		f.write(out)
	}
	for _, note := range r.Notes {
		out.WriteString("\n")
		paragraph(out, "", note)
	}
	out.WriteString("\n")
	if len(r.Findings) > 0 {
		paragraph(out, "", "docs/openstack.md is "+page)
	}
	paragraph(out, "", r.conclusion())
	return out.Flush()
}

// conclusion says how many findings there are.
func (r *Report) conclusion() string {
	problems := 0
	for _, f := range r.Findings {
		if f.Severity == Problem {
			problems++
		}
	}
	advice := number(len(r.Findings)-problems, "piece of advice", "pieces of advice")
	switch {
	case len(r.Findings) == 0:
		return "No problem was found."
	case problems == 0:
		return "No problem was found; " + advice + "."
	case problems == len(r.Findings):
		return number(problems, "problem", "problems") + "."
	}
	return number(problems, "problem", "problems") + ", " + advice + "."
}

func writeServices(out io.Writer, services []*Service) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tANSWER\tTRACED\tDIGEST\tSQL\tCALLS\tRPC\tNATIVE\tID\tCLOCK")
	for _, s := range services {
		if s.Untested == "" {
			fmt.Fprintln(table, strings.Join([]string{
				s.Name, s.answer(), s.Traced.cell(), s.digest(), s.SQL.cell(), s.Calls.cell(), s.RPC.cell(), s.native(), s.RequestID.cell(), s.clock(),
			}, "\t"))
		}
	}
	_ = table.Flush() // the writer below keeps its error
	for _, s := range services {
		if s.Untested != "" {
			paragraph(out, "", plain(s.Name)+" was not tested: "+s.Untested+".")
		}
	}
}

func (s *Service) answer() string {
	if s.Failure != "" {
		return "none"
	}
	return strconv.Itoa(s.Status)
}

func (s *Service) digest() string {
	if len(s.Digests) == len(digests) {
		return "both"
	}
	return cmp.Or(strings.Join(s.Digests, ""), "-")
}

func (s *Service) native() string {
	if s.Native == Yes && s.Followed == No {
		return "other"
	}
	return s.Native.cell()
}

func (s *Service) clock() string {
	switch {
	case s.Clock == nil:
		return "-"
	case s.Clock.Others == 0:
		return "ok"
	case s.Clock.Others < 0:
		return "-" + shown(s.Clock.Others)
	}
	return "+" + shown(s.Clock.Others)
}

func writeStored(out io.Writer, services []*StoredService) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tTRACES\tPOINTS\tSQL\tCALLS\tRPC")
	for _, s := range services {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\t%s\n", plain(s.Name), s.Traces, s.Points, s.SQL.cell(), s.Calls.cell(), s.RPC.cell())
	}
	_ = table.Flush() // the writer below keeps its error
}

// sentence says what was read of the store.
func (s *Store) sentence() string {
	text := "The store has " + number(s.Traces, "trace", "traces")
	if s.TracesRead == 0 {
		return text + ", and none of them has recent points."
	}
	text += fmt.Sprintf("; %s with recent points. A trace has about %s, and those of the last 24 hours about %s.",
		map[bool]string{true: "1 was read,", false: strconv.Itoa(s.TracesRead) + " were read,"}[s.TracesRead == 1], size(s.BytesPerTrace), size(s.BytesPerDay))
	if s.Retention != nil {
		text += " Redis uses " + size(s.Retention.UsedMemory)
		if s.Retention.MaxMemory > 0 {
			text += fmt.Sprintf(" of %s (%s)", size(s.Retention.MaxMemory), plain(s.Retention.Policy))
		}
		text += "."
	}
	return text
}

// write writes a finding.
func (f Finding) write(out io.Writer) {
	title := map[Severity]string{Problem: "Problem: ", Advice: "Advice: "}[f.Severity]
	paragraph(out, "", title+f.Seen)
	for i, c := range f.Candidates {
		first, rest := "  ", "  "
		if len(f.Candidates) > 1 {
			first, rest = fmt.Sprintf("  %d. ", i+1), "     "
			if i == 0 {
				paragraph(out, "  ", "Nothing outside tells these causes apart; the likeliest is first:")
			}
		}
		hanging(out, first, rest, c.Cause)
		if c.Check != "" {
			where := ""
			if c.Host != "" {
				where = " on the hosts of " + c.Host
			}
			paragraph(out, rest, "Check"+where+":")
			fmt.Fprintf(out, "%s  %s\n", rest, plain(c.Check))
		}
		paragraph(out, rest, c.Set)
	}
	_, anchor, _ := strings.Cut(f.Link, "#")
	paragraph(out, "  ", "See docs/openstack.md#"+anchor)
}

func paragraph(out io.Writer, indent, text string) { hanging(out, indent, indent, text) }

// hanging writes a text in lines, the first of which begins with first and the
// others with rest. A word that is longer than a line has a line of its own.
func hanging(out io.Writer, first, rest, text string) {
	line, begun := first, false
	for word := range strings.FieldsSeq(plain(text)) {
		if begun && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			fmt.Fprintln(out, line)
			line, begun = rest, false
		}
		if begun {
			line += " "
		}
		line, begun = line+word, true
	}
	fmt.Fprintln(out, line)
}

// plain returns a text that can't control the terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
