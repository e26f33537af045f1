// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	_ "embed"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
)

//go:embed paths.txt
var pathsText string

// paths returns the paths in paths.txt, which it reads at the first call.
var paths = sync.OnceValue(func() *apiPaths {
	p, err := parsePaths(pathsText)
	if err != nil {
		panic(err) // the tests would find that
	}
	return p
})

// apiPaths are the paths of the APIs. There are thousands of steps and words. None
// of them has a pointer, so the garbage collector has nothing to follow in them.
type apiPaths struct {
	byName      map[string]step
	objectStore step
	all         step // the paths of every API, for an endpoint whose service is not known

	text  string
	steps []choice // of each step
	words []word   // of each step together, in alphabetical order
}

// step is a place in a path. The zero step has no words.
type step uint16

// choice has what may come next in a path: the words from first to end, and the
// step after a value.
type choice struct {
	first, end uint16
	value      step
}

// word is a part of the text, and the step after it.
type word struct {
	at, length uint16
	next       step
}

func (p *apiPaths) textOf(w word) string { return p.text[w.at:][:w.length] }

// of returns the paths of the API of an endpoint, which may be nil.
func (p *apiPaths) of(e *endpoint) step {
	if e != nil {
		if root := p.byName[e.serviceType]; root != 0 {
			return root
		}
	}
	return p.all
}

// next returns the step after a segment, and reports whether the segment is a
// word of the API.
func (p *apiPaths) next(s step, segment string) (step, bool) {
	c := p.steps[s]
	words := p.words[c.first:c.end]
	if i, found := slices.BinarySearchFunc(words, segment, func(w word, text string) int { return strings.Compare(p.textOf(w), text) }); found {
		return words[i].next, true
	}
	return c.value, false
}

// parsePaths reads the format that paths.txt describes.
func parsePaths(text string) (*apiPaths, error) {
	if len(text) > math.MaxUint16 { // there are fewer steps, and fewer words
		return nil, fmt.Errorf("the paths have %d bytes, and may have %d", len(text), math.MaxUint16)
	}
	roots, all := map[string]*draft{}, &draft{}
	var api *draft
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if names, ok := strings.CutPrefix(line, "["); ok {
			api = &draft{}
			for name := range strings.FieldsSeq(strings.TrimSuffix(names, "]")) {
				if roots[name] != nil {
					return nil, fmt.Errorf("the name %q has two sections", name)
				}
				roots[name] = api
			}
			continue
		}
		path, words, ok := strings.Cut(line, ":")
		if !ok || api == nil {
			return nil, fmt.Errorf("%q is not a path with words in a section", line)
		}
		for _, root := range []*draft{api, all} {
			root.add(strings.Trim(path, "/"), strings.Fields(words))
		}
	}
	p := &apiPaths{byName: make(map[string]step, len(roots)), text: text, steps: make([]choice, 1)}
	p.all = p.settle(all)
	for name, root := range roots {
		p.byName[name] = p.settle(root)
	}
	p.objectStore = p.byName["object-store"]
	return p, nil
}

// draft is a step while the text is read.
type draft struct {
	words map[string]*draft
	value *draft
	step  step // 0 until it is settled
}

// add adds words that may follow a path.
func (d *draft) add(path string, words []string) {
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "":
		case idSegment:
			if d.value == nil {
				d.value = &draft{}
			}
			d = d.value
		default:
			d = d.word(segment)
		}
	}
	for _, word := range words {
		d.word(word)
	}
}

// word returns the step after a word. It adds the word if it is new.
func (d *draft) word(word string) *draft {
	behind := d.words[word]
	if behind == nil {
		behind = &draft{}
		if d.words == nil {
			d.words = map[string]*draft{}
		}
		d.words[word] = behind
	}
	return behind
}

// settle returns the step of a draft and of all that comes after it.
func (p *apiPaths) settle(d *draft) step {
	if d == nil || d.value == nil && len(d.words) == 0 {
		return 0
	}
	if d.step != 0 {
		return d.step // the API has several names
	}
	d.step = step(len(p.steps))
	p.steps = append(p.steps, choice{})
	var words []word
	for _, text := range slices.Sorted(maps.Keys(d.words)) {
		w := word{next: p.settle(d.words[text])}
		w.at, w.length = uint16(strings.Index(p.text, text)), uint16(len(text))
		words = append(words, w)
	}
	c := choice{value: p.settle(d.value)}
	c.first, c.end = uint16(len(p.words)), uint16(len(p.words)+len(words))
	p.words = append(p.words, words...)
	p.steps[d.step] = c
	return d.step
}
