// SPDX-License-Identifier: Apache-2.0

// Package markdown finds in a document what a test can check: blocks of code, links,
// and the anchors of headings.
package markdown

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode"
)

// Page is a document.
type Page struct {
	Blocks  []Block
	Links   []Link
	Anchors []string
	// Cells are the first codes in the last cells of the rows of a table whose last
	// column is "command".
	Cells []Code
}

// Block is a fenced block of code.
type Block struct {
	// Line is the number of the line that opens the block.
	Line     int
	Language string
	// Mark is the comment in the line above the block, without its brackets. A
	// reader does not see it.
	Mark string
	Text string
}

// Link is the target of a link or of an image.
type Link struct {
	Line   int
	Target string
}

// Code is a code within a line.
type Code struct {
	Line int
	Text string
}

// Read reads the document in a file.
func Read(file string) (*Page, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	page, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return page, nil
}

var (
	fence       = regexp.MustCompile("^```(.*)$")
	comment     = regexp.MustCompile(`^<!-- (.*) -->$`)
	heading     = regexp.MustCompile(`^#{1,6} (.*)$`)
	code        = regexp.MustCompile("`([^`]+)`")
	link        = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	commandRows = regexp.MustCompile(`^\|.*\| command \|$`)
)

// Parse reads the text of a document. It returns an error for a block that is not
// closed.
func Parse(text string) (*Page, error) {
	page := &Page{}
	var open *Block
	mark, inTable := "", false
	for i, line := range strings.Split(text, "\n") {
		number := i + 1
		if open != nil {
			if line == "```" {
				page.Blocks = append(page.Blocks, *open)
				open = nil
			} else {
				open.Text += line + "\n"
			}
			continue
		}
		if found := fence.FindStringSubmatch(line); found != nil {
			open = &Block{Line: number, Language: found[1], Mark: mark}
			mark = ""
			continue
		}
		mark = ""
		if found := comment.FindStringSubmatch(line); found != nil {
			mark = found[1]
		}
		if found := heading.FindStringSubmatch(line); found != nil {
			page.Anchors = append(page.Anchors, page.anchor(found[1]))
		}
		for _, found := range link.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
			page.Links = append(page.Links, Link{number, found[1]})
		}
		inTable = strings.HasPrefix(line, "|") && (inTable || commandRows.MatchString(line))
		if inTable {
			cells := strings.Split(strings.TrimSuffix(line, "|"), " | ")
			if found := code.FindStringSubmatch(cells[len(cells)-1]); found != nil {
				page.Cells = append(page.Cells, Code{number, found[1]})
			}
		}
	}
	if open != nil {
		return nil, fmt.Errorf("the block in line %d is not closed", open.Line)
	}
	return page, nil
}

// anchor returns the anchor that GitHub makes of a heading.
func (p *Page) anchor(text string) string {
	anchor := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, regexp.MustCompile(`\]\([^)]*\)`).ReplaceAllString(text, ""))
	same := 0
	for _, other := range p.Anchors {
		if other == anchor || strings.HasPrefix(other, anchor+"-") && other == fmt.Sprintf("%s-%d", anchor, same) {
			same++
		}
	}
	if same > 0 {
		return fmt.Sprintf("%s-%d", anchor, same)
	}
	return anchor
}
