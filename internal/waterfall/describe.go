package waterfall

import (
	"strings"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// maxText is as much of a name or a reason as is ever looked at, in columns.
const maxText = 1000

// describe fills in what the nodes' lines say.
func (t *tree) describe(nodes []*node) {
	// Where no span is sampled, whoever made the spans didn't keep the flag.
	anySampled := false
	for _, n := range nodes {
		anySampled = anySampled || n.span.SpanContext().IsSampled()
	}
	services := newServices()
	for _, n := range nodes {
		n.name, n.kind = shorten(clean(n.span.Name(), maxText))
		if n.name == "" {
			n.name = "(no name)"
		}
		n.failed = n.span.Status().Code == codes.Error
		n.note = note(n, anySampled)
		n.service = services.index(n.span.Resource())
		services.list[n.service].count(n)
	}
	t.services = services.list
}

// note says why a span failed, and what else is unusual with it.
func note(n *node, anySampled bool) string {
	var notes []string
	if n.failed {
		if reason := reason(n.span); reason != "" {
			notes = append(notes, reason)
		}
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
