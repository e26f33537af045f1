// SPDX-License-Identifier: Apache-2.0

package gateway

import "fmt"

// Traceparent says what happens to the traceparent and the tracestate of an
// unsigned request. Anybody can send them, with any trace id. The headers of a
// request with a valid signature are always passed on.
type Traceparent uint8

const (
	// DropTraceparent removes them. The span of a chosen request begins a new
	// trace, even if the server has put the request into a trace already. A
	// stranger can neither choose the ids of the cloud's spans nor make a service
	// record that samples by traceparent.
	DropTraceparent Traceparent = iota
	// RestartTraceparent removes them too. The span of a chosen request begins a
	// new trace, with a link to the caller's span.
	RestartTraceparent
	// TrustTraceparent passes them on. The span of a chosen request is a child of
	// the caller's span, in the caller's trace. The sampled flag alone does not
	// choose a request. This setting is for a gateway that strangers can't reach,
	// or for one behind a front that sets traceparent itself.
	TrustTraceparent
)

var traceparentTexts = [...]string{"drop", "restart", "trust"}

// String returns drop, restart or trust.
func (t Traceparent) String() string {
	if int(t) >= len(traceparentTexts) {
		return "unknown"
	}
	return traceparentTexts[t]
}

// MarshalText returns what [Traceparent.String] returns, and an error for a value
// that is none of the three.
func (t Traceparent) MarshalText() ([]byte, error) {
	if int(t) >= len(traceparentTexts) {
		return nil, fmt.Errorf("gateway: there is no Traceparent %d", uint8(t))
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads what [Traceparent.String] returns, and returns an error for
// any other text.
func (t *Traceparent) UnmarshalText(text []byte) error {
	for i, known := range traceparentTexts {
		if string(text) == known {
			*t = Traceparent(i)
			return nil
		}
	}
	return fmt.Errorf("gateway: traceparent is %q: it must be drop, restart or trust", text)
}
