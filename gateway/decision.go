// SPDX-License-Identifier: Apache-2.0

package gateway

import "go.opentelemetry.io/otel/attribute"

// DecisionKey is the attribute of metrics and spans that says what was decided
// on a request, as [Decision.String] writes it.
const DecisionKey = attribute.Key("ostrace.gateway.decision")

// Decision is what the gateway decided on a request.
type Decision uint8

const (
	// DecisionNone is for a request that nobody asked a trace for, and that the
	// policy did not choose.
	DecisionNone Decision = iota
	// DecisionSigned is for a request that came in with a signature that one of
	// the keys verifies.
	DecisionSigned
	// DecisionRequestID is for one whose request id the policy lists.
	DecisionRequestID
	// DecisionRule is for one that was drawn by the share of a rule.
	DecisionRule
	// DecisionShare is for one that was drawn by the policy's own share.
	DecisionShare
	// DecisionLimit is for one that was drawn when PerMinute was reached.
	DecisionLimit
	// DecisionTokenLimit is for one that was drawn when PerTokenPerMinute was
	// reached.
	DecisionTokenLimit

	decisions = iota
)

// Chosen reports whether the policy chose the request, so that [Gateway.Trace]
// has to serve it.
func (d Decision) Chosen() bool {
	return d == DecisionRequestID || d == DecisionRule || d == DecisionShare
}

// String returns the decision's name: none, signed, request_id, rule, share,
// limit or token_limit.
func (d Decision) String() string {
	if d >= decisions {
		return "unknown"
	}
	return [decisions]string{"none", "signed", "request_id", "rule", "share", "limit", "token_limit"}[d]
}
