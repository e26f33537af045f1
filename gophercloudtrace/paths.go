// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	_ "embed"
	"fmt"
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

// apiPaths are the paths of the APIs.
type apiPaths struct {
	byName      map[string]*step
	objectStore *step
	all         *step // the paths of every API, for an endpoint whose service is not known
}

// step is a place in a path. It has the words that may come next, and the step
// after a value. A nil step has no words.
type step struct {
	words map[string]*step
	value *step
}

// of returns the paths of the API of an endpoint, which may be nil.
func (p *apiPaths) of(e *endpoint) *step {
	if e != nil {
		if root := p.byName[e.serviceType]; root != nil {
			return root
		}
	}
	return p.all
}

// next returns the step after a segment, and reports whether the segment is a
// word of the API.
func (s *step) next(segment string) (*step, bool) {
	if s == nil {
		return nil, false
	}
	if behind, ok := s.words[segment]; ok {
		return behind, true
	}
	return s.value, false
}

// parsePaths reads the format that paths.txt describes.
func parsePaths(text string) (*apiPaths, error) {
	p := &apiPaths{byName: map[string]*step{}, all: &step{}}
	var api *step
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if names, ok := strings.CutPrefix(line, "["); ok {
			api = &step{}
			for name := range strings.FieldsSeq(strings.TrimSuffix(names, "]")) {
				if p.byName[name] != nil {
					return nil, fmt.Errorf("the name %q has two sections", name)
				}
				p.byName[name] = api
			}
			continue
		}
		path, words, ok := strings.Cut(line, ":")
		if !ok || api == nil {
			return nil, fmt.Errorf("%q is not a path with words in a section", line)
		}
		for _, root := range []*step{api, p.all} {
			root.add(strings.Trim(path, "/"), strings.Fields(words))
		}
	}
	p.objectStore = p.byName["object-store"]
	return p, nil
}

// add adds words that may follow a path.
func (s *step) add(path string, words []string) {
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "":
		case idSegment:
			if s.value == nil {
				s.value = &step{}
			}
			s = s.value
		default:
			s = s.word(segment)
		}
	}
	for _, word := range words {
		s.word(word)
	}
}

// word returns the step after a word. It adds the word if it is new.
func (s *step) word(word string) *step {
	behind := s.words[word]
	if behind == nil {
		behind = &step{}
		if s.words == nil {
			s.words = map[string]*step{}
		}
		s.words[word] = behind
	}
	return behind
}
