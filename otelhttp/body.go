// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"errors"
	"io"
	"net/http"
)

// finishReadsEarly has the bodies of r that are in memory read to their end
// before their last byte is sent.
//
// net/http looks whether a body is longer than its ContentLength. With a
// strings.Reader and the like, which GetBody tells, it does so before it sends
// anything, so that a program may seek to the beginning as soon as it has the
// answer, as gophercloud does when a token is renewed. Inside OpenTelemetry's
// body net/http does not know such a reader, and looks only when all is sent.
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

// earlyBody is a body that is asked for what follows its length when the last of
// it is read.
type earlyBody struct {
	io.ReadCloser
	left int64 // of the length
	// What was found behind the length: extra[:more], then err.
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
