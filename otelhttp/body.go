// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"errors"
	"io"
	"net/http"
)

// finishReadsEarly makes net/http read the bodies of r that are in memory to
// their end before it sends their last byte.
//
// net/http checks whether a body is longer than its ContentLength. For a
// strings.Reader and similar readers it does so before it sends anything, so a
// program can seek to the beginning as soon as it has the answer. gophercloud
// does that when a token is renewed. GetBody shows that the body is such a
// reader. Inside OpenTelemetry's body net/http can't see that, and checks only
// when everything is sent.
func finishReadsEarly(r *http.Request) {
	if r.GetBody == nil || r.Body == nil || r.Body == http.NoBody || r.ContentLength <= 0 {
		return
	}
	length, again := r.ContentLength, r.GetBody
	r.Body = &earlyBody{ReadCloser: r.Body, left: length}
	r.GetBody = func() (io.ReadCloser, error) {
		body, err := again()
		if err != nil || body == nil || body == http.NoBody {
			return body, err
		}
		return &earlyBody{ReadCloser: body, left: length}, nil
	}
}

// earlyBody is a body from which the bytes after its length are read together
// with its last bytes.
type earlyBody struct {
	io.ReadCloser
	left int64 // the bytes of the length that are left
	// extra[:more] and then err were found behind the length.
	extra [1]byte
	more  int
	err   error
}

func (b *earlyBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		if b.more > 0 && len(p) > 0 {
			b.more = 0
			return copy(p, b.extra[:]), nil
		}
		if b.err != nil {
			return 0, b.err
		}
		return b.ReadCloser.Read(p)
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left <= 0 && err == nil {
		b.more, b.err = b.ReadCloser.Read(b.extra[:])
	} else if errors.Is(err, io.EOF) {
		b.left, b.err = 0, err
	}
	return n, err
}
