// SPDX-License-Identifier: Apache-2.0

package points

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
)

// info is the member "info" of a notification. A member of it that has another
// form than OSProfiler's is left out.
type info struct {
	Host          string        `json:"host,omitempty"`
	Request       *requestInfo  `json:"request,omitempty"`  // osprofiler/web.py
	Requests      *requestInfo  `json:"requests,omitempty"` // osprofiler/requests.py
	DB            *databaseInfo `json:"db,omitempty"`       // osprofiler/sqlalchemy.py
	Function      *functionInfo `json:"function,omitempty"` // osprofiler/profiler.py
	EType         text          `json:"etype,omitempty"`
	Message       text          `json:"message,omitempty"`
	OpenTelemetry *otelInfo     `json:"opentelemetry,omitempty"`
}

type requestInfo struct {
	Method     text   `json:"method,omitempty"`
	Path       *text  `json:"path,omitempty"`
	Query      *text  `json:"query,omitempty"`
	Scheme     text   `json:"scheme,omitempty"`
	Hostname   text   `json:"hostname,omitempty"`
	Port       number `json:"port,omitempty"`
	StatusCode number `json:"status_code,omitempty"`
}

type databaseInfo struct {
	Statement text            `json:"statement"`
	Params    json.RawMessage `json:"params,omitempty"`
	Result    *text           `json:"result,omitempty"`
}

func (i *databaseInfo) result() *text {
	if i == nil {
		return nil
	}
	return i.Result
}

type functionInfo struct {
	Name   text  `json:"name"`
	Args   *text `json:"args,omitempty"`
	Kwargs *text `json:"kwargs,omitempty"`
	Result *text `json:"result,omitempty"`
}

func (i *functionInfo) result() *text {
	if i == nil {
		return nil
	}
	return i.Result
}

// infoOf returns the zero info for a notification that is not there.
func infoOf(n *Notification) info {
	var payload struct {
		Info info `json:"info"`
	}
	if n != nil {
		_ = json.Unmarshal(n.Payload, &payload) // it skips a member that has another form
	}
	return payload.Info
}

func (i *requestInfo) attributes() []attribute.KeyValue {
	method, path, query, scheme := i.Method.String(), i.Path.String(), i.Query.String(), i.Scheme.String()
	attributes := []attribute.KeyValue{
		attribute.String("http.path", path),
		attribute.String("http.query", query),
		attribute.String("http.method", method),
		attribute.String("http.scheme", scheme),
		semconv.URLPath(path),
		semconv.URLScheme(scheme),
	}
	if query != "" {
		attributes = append(attributes, semconv.URLQuery(query))
	}
	if slices.Contains(knownMethods, method) {
		return append(attributes, semconv.HTTPRequestMethodKey.String(method))
	}
	return append(attributes, semconv.HTTPRequestMethodOther, semconv.HTTPRequestMethodOriginal(method))
}

// knownMethods are the methods that http.request.method may have. For any other
// it has _OTHER.
var knownMethods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

func (i *requestInfo) peer() []attribute.KeyValue {
	host := i.Hostname.String()
	attributes := []attribute.KeyValue{
		attribute.String("http.hostname", host),
		semconv.ServerAddress(host),
	}
	if i.Port > 0 {
		attributes = append(attributes,
			attribute.Int("http.port", int(i.Port)), semconv.ServerPort(int(i.Port)))
	}
	return attributes
}

// text is the content of a string, or the JSON of any other value.
type text string

// UnmarshalJSON implements [json.Unmarshaler].
func (t *text) UnmarshalJSON(value []byte) error {
	if string(value) == "null" {
		return nil
	}
	if value[0] != '"' {
		*t = text(value)
		return nil
	}
	return json.Unmarshal(value, (*string)(t))
}

// String returns an empty text for nil.
func (t *text) String() string {
	if t == nil {
		return ""
	}
	return string(*t)
}

// number is a whole number. Some services write it as a text. Any other value
// is read as 0.
type number int

// UnmarshalJSON implements [json.Unmarshaler].
func (n *number) UnmarshalJSON(value []byte) error {
	if i, err := strconv.Atoi(strings.Trim(string(value), `"`)); err == nil {
		*n = number(i)
	}
	return nil
}
