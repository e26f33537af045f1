// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"time"
)

const (
	// keepAlive is the time for which a server keeps a scroll between two
	// pages. It is the default of OSProfiler's es_scroll_time.
	keepAlive = "2m"
	// pageSize is the number of documents in a page of a scroll, and of traces
	// in a page of an aggregation.
	pageSize = 1000
	// clearTimeout limits the time to tell the server that a scroll is not
	// needed any more. A user who has cancelled waits for that.
	clearTimeout = time.Second
)

// scroll yields the _source of each document of an index that a query finds, in
// the index's order. Nothing follows an error.
func (c *client) scroll(ctx context.Context, index string, query object) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		scrollID := ""
		defer func() { c.clearScroll(ctx, scrollID) }()

		path, parameters := index+"/_search", url.Values{"scroll": {keepAlive}}
		body := object{"query": query, "size": pageSize, "sort": []string{"_doc"}}
		for {
			p, err := c.page(ctx, path, parameters, body, func(source json.RawMessage) bool { return yield(source, nil) })
			if p.scrollID != "" {
				scrollID = p.scrollID
			}
			switch {
			case errors.Is(err, errStop):
				return
			case err != nil:
				yield(nil, err)
				return
			case p.hits == 0:
				return
			}
			path, parameters = "_search/scroll", nil
			body = object{"scroll": keepAlive, "scroll_id": scrollID}
		}
	}
}

func (c *client) page(ctx context.Context, path string, parameters url.Values, body object, each func(json.RawMessage) bool) (page, error) {
	var p page
	answer, err := c.do(ctx, http.MethodPost, path, parameters, body)
	if err != nil {
		return p, err
	}
	defer answer.Close()
	err = p.read(answer, maxDocument, each)
	return p, err
}

// clearScroll lets the server free the memory of a scroll, also when the
// context has ended. The server would free it by itself after keepAlive.
func (c *client) clearScroll(ctx context.Context, scrollID string) {
	if scrollID == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearTimeout)
	defer cancel()
	answer, err := c.do(ctx, http.MethodDelete, "_search/scroll", nil, object{"scroll_id": scrollID})
	if err == nil {
		answer.Close()
	}
}
