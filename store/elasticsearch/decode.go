// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// maxAnswer is the number of bytes of an answer that are in memory at once.
	maxAnswer = 64 << 20
	// maxDocument is the size of the largest document that is read. Servers
	// accept smaller ones: their default limit is 100 MB
	// (http.max_content_length).
	maxDocument = 256 << 20
)

// shards tells how many shards of an index answered.
type shards struct {
	Total, Failed int
	Failures      []struct {
		Reason struct{ Type, Reason string }
	}
}

// complete returns an error for an incomplete answer. Unless all shards fail,
// servers answer with the documents that they found.
func (s shards) complete(timedOut bool) error {
	switch {
	case timedOut:
		return errors.New("the search timed out in the server, and its answer is not complete")
	case s.Failed == 0:
		return nil
	case len(s.Failures) == 0:
		return fmt.Errorf("%d of %d shards failed, and the answer is not complete", s.Failed, s.Total)
	}
	cause := s.Failures[0].Reason
	return fmt.Errorf("%d of %d shards failed, and the answer is not complete: %s: %s",
		s.Failed, s.Total, shorten(cause.Type), shorten(cause.Reason))
}

// page is an answer of a search without its documents.
type page struct {
	scrollID string
	// hits is the number of documents.
	hits int
	// whole is true for a search that has no further pages, and no scrollID.
	whole bool
}

// errStop ends the reading of a page when its reader stops.
var errStop = errors.New("stop")

// read reads a page, and calls each with the _source of each document, until
// each returns false. No document may have more than most bytes. Where there is
// an error, the page has the values that were read before it.
func (p *page) read(body io.Reader, most int64, each func(source json.RawMessage) bool) error {
	var (
		left     = &io.LimitedReader{R: body, N: most}
		d        = json.NewDecoder(left)
		timedOut bool
		answered shards
		hasHits  bool
	)
	hit := func() error {
		var hit struct {
			Source json.RawMessage `json:"_source"`
		}
		if err := d.Decode(&hit); err != nil {
			return err
		}
		left.N = most
		p.hits++
		if !each(hit.Source) {
			return errStop
		}
		return nil
	}
	err := members(d, func(name string) error {
		switch name {
		case "_scroll_id":
			return d.Decode(&p.scrollID)
		case "timed_out":
			return d.Decode(&timedOut)
		case "_shards":
			return d.Decode(&answered)
		case "hits":
			return members(d, func(name string) error {
				if name != "hits" {
					return skip(d)
				}
				hasHits = true
				return elements(d, hit)
			})
		default:
			return skip(d)
		}
	})
	switch {
	case errors.Is(err, errStop):
		return err
	case err != nil:
		return unusable(err)
	case !hasHits:
		return unusable(errors.New("it has no hits"))
	case p.scrollID == "" && !p.whole:
		return unusable(errors.New("it has no _scroll_id"))
	}
	return answered.complete(timedOut)
}

// unusable returns the error for an answer that can't be read. The cause of a
// truncated or too long answer is an unexpected end.
func unusable(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("the server's answer can't be read: %w", err)
}

// members calls read for each member of the next object. read must read the
// member's value.
func members(d *json.Decoder, read func(name string) error) error {
	return within(d, '{', func() error {
		name, err := d.Token()
		if err != nil {
			return err
		}
		return read(name.(string)) // otherwise Token would have failed
	})
}

// elements calls read for each element of the next array. read must read the
// element.
func elements(d *json.Decoder, read func() error) error { return within(d, '[', read) }

func within(d *json.Decoder, opening json.Delim, read func() error) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if token != opening {
		return fmt.Errorf("found %v instead of %v", token, opening)
	}
	for d.More() {
		if err := read(); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func skip(d *json.Decoder) error {
	var value json.RawMessage
	return d.Decode(&value)
}
