// SPDX-License-Identifier: Apache-2.0

package gateway

import "fmt"

// Traceparent says what becomes of the traceparent, and the tracestate with it,
// that comes in with an unsigned request. Anybody can send one, with any trace id.
// What comes in with a valid signature is passed on, whatever this says.
type Traceparent uint8

const (
	// DropTraceparent takes it off, and the span of a request that is chosen
	// begins a new trace, also where the server has put the request into a trace
	// already. A stranger can neither choose the ids of the cloud's spans nor
	// have a service record that samples by traceparent.
	DropTraceparent Traceparent = iota
	// RestartTraceparent takes it off too, and the span of a request that is
	// chosen begins a new trace, with a link to the caller's span.
	RestartTraceparent
	// TrustTraceparent passes it on, and the span of a request that is chosen
	// is the child of the caller's, in the caller's trace. Its sampled flag
	// chooses nothing by itself. It is for a gateway that no stranger reaches,
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

// MarshalText returns what [Traceparent.String] returns.
func (t Traceparent) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

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
