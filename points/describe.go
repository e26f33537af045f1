// SPDX-License-Identifier: Apache-2.0

package points

import (
	"cmp"
	"strings"
)

// The methods in this file read single members of a payload, because a list of
// traces would otherwise take most of its time to parse the rest.

// Operation returns what the notification's point does, in a few words: the
// method and the path of an HTTP request, such as "POST /v2.1/servers", the
// first word of an SQL statement, the name of a function without its module, or
// the name of the program's span of which the point was made. Where the
// notification says nothing of these, as that of a stop, it is the name of the
// point, such as "wsgi".
//
// The Payload must be JSON, as all stores return it.
func (n Notification) Operation() string {
	info := member(n.Payload, "info")
	if name := textMember(member(info, "opentelemetry"), "name"); name != "" {
		return name
	}
	for _, kind := range [...]string{"request", "requests"} {
		request := member(info, kind)
		if method := textMember(request, "method"); method != "" {
			return strings.TrimRight(method+" "+textMember(request, "path"), " ")
		}
	}
	if verb, _, _ := strings.Cut(textMember(member(info, "db"), "statement"), " "); verb != "" {
		return strings.ToUpper(verb)
	}
	if name := textMember(member(info, "function"), "name"); name != "" {
		return name[strings.LastIndexByte(name, '.')+1:]
	}
	return pointName(n.Name)
}

// Failed reports whether the notification says that its point failed, which is
// that its info has an etype.
//
// The Payload must be JSON, as all stores return it.
func (n Notification) Failed() bool {
	etype := member(member(n.Payload, "info"), "etype")
	return etype != nil && string(etype) != "null"
}

// ServiceName returns the name of the service that stored the notification: the
// service.name of the point's span in [Trace.Spans], such as
// "nova-osapi_compute".
//
// The Payload must be JSON, as all stores return it.
func (n Notification) ServiceName() string {
	if own := n.program(); own != "" {
		return own
	}
	return serviceName(n.Project, n.Service)
}

// ProjectName returns the name of the project to which the service belongs that
// stored the notification, such as "nova". Where there is none, as in the
// notification of a program, it is the [Notification.ServiceName].
//
// The Payload must be JSON, as all stores return it.
func (n Notification) ProjectName() string {
	return cmp.Or(n.program(), n.Project, serviceName(n.Project, n.Service))
}

// program returns the service.name of the program of whose span the point was
// made.
func (n Notification) program() string {
	return textMember(member(member(n.Payload, "info"), "opentelemetry"), "service.name")
}

// serviceName returns the service.name that OSProfiler's OTLP driver sets.
func serviceName(project, service string) string {
	if project == "" || service == "" {
		return cmp.Or(project, service, "unknown_service")
	}
	return project + "-" + service
}

// textMember returns a member that is a string, or an empty text.
func textMember(object []byte, name string) string {
	value := member(object, name)
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	return string(unquote(value))
}
