// SPDX-License-Identifier: Apache-2.0

package gateway

import "go.opentelemetry.io/otel/attribute"

// DecisionKey is the attribute of metrics and spans that holds the decision on a
// request, as [Decision.String] writes it.
const DecisionKey = attribute.Key("ostrace.gateway.decision")

// Decision is the gateway's decision on a request.
type Decision uint8

const (
	// DecisionNone is for a request without a valid signature that the policy
	// did not choose.
	DecisionNone Decision = iota
	// DecisionSigned is for a request that came in with a signature that one of
	// the keys verifies.
	DecisionSigned
	// DecisionRequestID is for a request whose id the policy lists.
	DecisionRequestID
	// DecisionRule is for a request that the share of a rule chose.
	DecisionRule
	// DecisionShare is for a request that the policy's own share chose.
	DecisionShare
	// DecisionLimit is for a request that a share chose, but that was over the
	// limit PerMinute. It is not traced.
	DecisionLimit
	// DecisionTokenLimit is for a request that a share chose, but that was over
	// the limit PerTokenPerMinute. It is not traced.
	DecisionTokenLimit

	decisions = iota
)

// Chosen reports whether the policy chose the request. [Gateway.Trace] has to
// serve a chosen request.
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
