// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"strings"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// maxText is the number of columns after which names and reasons are cut.
const maxText = 1000

// describe fills in the texts of the nodes' lines.
func (t *tree) describe() {
	// If no span is sampled, the source of the spans did not keep the flag.
	anySampled := false
	for _, n := range t.nodes {
		anySampled = anySampled || n.span.SpanContext().IsSampled()
	}
	services, kinds := newServices(), newServices()
	for _, n := range t.nodes {
		n.title = t.labels.name(n.span)
		n.name, n.kind = shorten(clean(n.title, maxText))
		if n.name == "" {
			n.name = "(no name)"
		}
		if detail := call(t.labels.Detail, n.span); detail != "" {
			name, kind := shorten(clean(detail, maxText))
			n.name += " " + name
			n.kind += " " + kind
		}
		n.failed = n.span.Status().Code == codes.Error
		if n.failed {
			n.reason = reason(n.span)
		}
		n.service = services.ofResource(n.span.Resource())
		n.group = kinds.named(t.labels.kind(n.span))
	}
	t.expect()
	for _, n := range t.nodes {
		n.note = note(n, anySampled)
	}
	for _, k := range kinds.list {
		k.style = plain // colours are the services'
	}
	t.services, t.kinds, t.hosts = services.list, kinds.list, services.hosts
}

// note says why a span failed, and what else is unusual about it.
func note(n *node, anySampled bool) string {
	var notes []string
	if n.reason != "" {
		notes = append(notes, n.reason)
	}
	if n.expected {
		notes = append(notes, "expected after DELETE")
	}
	if n.noStart {
		notes = append(notes, "no start")
	}
	switch {
	case n.open:
		notes = append(notes, "unfinished")
	case n.span.EndTime().Before(n.span.StartTime()):
		notes = append(notes, "ends before it starts")
	}
	if anySampled && !n.span.SpanContext().IsSampled() {
		notes = append(notes, "unsampled")
	}
	return strings.Join(notes, ", ")
}

// reason is the status's description, else the HTTP status, else the type of
// the error.
func reason(span sdktrace.ReadOnlySpan) string {
	if text := clean(strings.TrimSpace(span.Status().Description), maxText); text != "" {
		return text
	}
	kind := ""
	for _, a := range span.Attributes() {
		switch a.Key {
		case "http.response.status_code", "http.status_code":
			return clean(a.Value.String(), maxText)
		case "error.type":
			kind = clean(a.Value.AsString(), maxText)
		}
	}
	return kind
}
