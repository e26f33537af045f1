// SPDX-License-Identifier: Apache-2.0

package points

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
)

// noParentID is the parent_id of a root span whose own id, by the bridge, is
// the base_id. Other roots have the base_id as their parent_id, but this one
// would be its own parent.
const noParentID = "00000000-0000-0000-0000-000000000000"

// NotificationsFromSpan makes a point of the span, and returns the point's
// notifications for [Writer]: a start and a stop. One of them is left out if
// the span has [MissingKey] or no time for it.
//
// base_id, trace_id and parent_id are those of the bridge, so the points of the
// services that the span called are below it. The HTTP span of a server becomes
// a point "wsgi", that of a client a point "http" or "https", as
// osprofiler/web.py and osprofiler/requests.py write them, and the span of a
// database client a point "db". Any other point is named after the span's kind,
// and its info has the span's name as the name of a function. The project is
// the resource's service.namespace, or else its service.name; the service is
// its service.name. A failed span has an etype and a message.
//
// The info also has a member "opentelemetry" with the span's name, kind,
// attributes, status and events, from which [Trace.Spans] makes the span again.
// The member has "exported": true if the span has [ExportedKey]. OSProfiler
// shows the member and does not read it. Links are not kept.
func NotificationsFromSpan(span sdktrace.ReadOnlySpan) []Notification {
	service := cmp.Or(resourceValue(span.Resource(), semconv.ServiceNameKey), "unknown_service")
	n := Notification{
		Project: cmp.Or(resourceValue(span.Resource(), semconv.ServiceNamespaceKey), service),
		Service: service,
		Host:    resourceValue(span.Resource(), semconv.HostNameKey),
	}
	n.BaseID, n.TraceID, n.ParentID = idsOf(span)
	values := spanValues(span.Attributes())
	point, begun, ended := values.point(span)
	if was := values.text(PointKey); was != "" {
		point = was
	} else if n.Host == "" {
		n.Host, _ = os.Hostname()
	}
	begun.Host, ended.Host = n.Host, n.Host
	begun.OpenTelemetry, ended.OpenTelemetry = otelInfoOf(span)
	if span.Status().Code == codes.Error {
		ended.EType, ended.Message = exceptionOf(span, values)
	}
	both := []Notification{
		n.with(point+"-start", span.StartTime(), begun),
		n.with(point+"-stop", span.EndTime(), ended),
	}
	switch missing := values.text(MissingKey); {
	case missing == "stop", span.EndTime().IsZero():
		return both[:1]
	case missing == "start", span.StartTime().IsZero():
		return both[1:]
	}
	return both
}

// idsOf prefers the ids in the span's attributes to those that the bridge
// makes.
func idsOf(span sdktrace.ReadOnlySpan) (baseID, traceID, parentID string) {
	values := spanValues(span.Attributes())
	id, parent := span.SpanContext(), span.Parent()
	baseID = cmp.Or(values.text(propagation.BaseIDKey), propagation.BaseID(id.TraceID()))
	traceID = cmp.Or(values.text(TraceIDKey), propagation.ParentID(id.TraceID(), id.SpanID()))
	switch {
	case values.text(propagation.ParentIDKey) != "":
		parentID = values.text(propagation.ParentIDKey)
	case parent.SpanID().IsValid():
		parentID = propagation.ParentID(id.TraceID(), parent.SpanID())
	case traceID == baseID:
		parentID = noParentID
	default:
		parentID = baseID
	}
	return baseID, traceID, parentID
}

// with completes the notification.
func (n Notification) with(name string, at time.Time, details info) Notification {
	n.Name = name
	n.Timestamp = at.UTC().Truncate(time.Microsecond)
	payload := struct {
		Name      string `json:"name"`
		BaseID    string `json:"base_id"`
		TraceID   string `json:"trace_id"`
		ParentID  string `json:"parent_id"`
		Timestamp string `json:"timestamp"`
		Info      info   `json:"info"`
		Project   string `json:"project"`
		Service   string `json:"service"`
	}{
		name, n.BaseID, n.TraceID, n.ParentID,
		n.Timestamp.Format(TimestampFormat), details, n.Project, n.Service,
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	_ = out.Encode(payload) // JSON can express everything in it
	n.Payload = bytes.TrimRight(b.Bytes(), "\n")
	return n
}

// spanValues are attributes that can be looked up by their keys.
type spanValues []attribute.KeyValue

func (values spanValues) value(keys ...attribute.Key) (attribute.Value, bool) {
	for _, key := range keys {
		if i := slices.IndexFunc(values, func(kv attribute.KeyValue) bool { return kv.Key == key }); i >= 0 {
			return values[i].Value, true
		}
	}
	return attribute.Value{}, false
}

// text returns the first of the attributes that exists.
func (values spanValues) text(keys ...attribute.Key) string {
	v, ok := values.value(keys...)
	if !ok {
		return ""
	}
	return v.String()
}

func (values spanValues) number(keys ...attribute.Key) number {
	v, _ := values.value(keys...)
	if v.Type() != attribute.INT64 {
		return 0
	}
	return number(v.AsInt64())
}

// point returns the name of the point that the span becomes, and the infos of
// its start and its stop.
func (values spanValues) point(span sdktrace.ReadOnlySpan) (name string, start, stop info) {
	method := values.text(semconv.HTTPRequestMethodOriginalKey, semconv.HTTPRequestMethodKey, "http.method")
	statement, isDB := values.value(semconv.DBQueryTextKey, "db.statement")
	switch kind := span.SpanKind(); {
	case method != "" && kind == trace.SpanKindServer:
		start.Request = &requestInfo{
			Method: text(method),
			Path:   new(text(values.text(semconv.URLPathKey, "http.path"))),
			Query:  new(text(values.text(semconv.URLQueryKey, "http.query"))),
			Scheme: text(values.text(semconv.URLSchemeKey, "http.scheme")),
		}
		return "wsgi", start, stop
	case method != "" && kind == trace.SpanKindClient:
		start.Requests = values.sent(method)
		if code := values.number(semconv.HTTPResponseStatusCodeKey, "status_code"); code > 0 {
			stop.Requests = &requestInfo{StatusCode: code}
		}
		return cmp.Or(string(start.Requests.Scheme), "http"), start, stop
	case isDB && kind == trace.SpanKindClient:
		start.DB = &databaseInfo{Statement: text(statement.String()), Params: json.RawMessage("{}")}
		return "db", start, stop
	default:
		start.Function = &functionInfo{Name: text(span.Name())}
		return kind.String(), start, stop
	}
}

// sent returns the info of a request that the program sent.
func (values spanValues) sent(method string) *requestInfo {
	r := &requestInfo{
		Method:   text(method),
		Path:     new(text(values.text(semconv.URLPathKey, "http.path"))),
		Query:    new(text(values.text(semconv.URLQueryKey, "http.query"))),
		Scheme:   text(values.text(semconv.URLSchemeKey, "http.scheme")),
		Hostname: text(values.text(semconv.ServerAddressKey, "http.hostname")),
		Port:     values.number(semconv.ServerPortKey, "http.port"),
	}
	full, err := url.Parse(values.text(semconv.URLFullKey))
	if err != nil || full.Host == "" {
		return r
	}
	*r.Path, *r.Query, r.Scheme = text(full.EscapedPath()), text(full.RawQuery), text(strings.ToLower(full.Scheme))
	r.Hostname = cmp.Or(r.Hostname, text(full.Hostname()))
	if r.Port == 0 {
		r.Port = map[text]number{"http": 80, "https": 443}[r.Scheme]
	}
	return r
}

// exceptionOf returns the class and the text of an exception, which OSProfiler
// keeps.
func exceptionOf(span sdktrace.ReadOnlySpan, values spanValues) (etype, message text) {
	etype = text(values.text(semconv.ErrorTypeKey))
	message = text(span.Status().Description)
	for _, e := range span.Events() {
		if e.Name == semconv.ExceptionEventName {
			event := spanValues(e.Attributes)
			etype = cmp.Or(text(event.text(semconv.ExceptionTypeKey)), etype)
			message = cmp.Or(text(event.text(semconv.ExceptionMessageKey)), message)
		}
	}
	return cmp.Or(etype, "error"), message
}
