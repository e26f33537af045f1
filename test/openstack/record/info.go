// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"

	"github.com/ostrace/ostrace/points"
)

// info has the details of a notification from which a recording is made.
type info struct {
	Function struct {
		Name, Args, Kwargs string
	}
	Request struct {
		Path string
	}
	Etype string
}

// text returns the parts of a point that may name a server.
func (i info) text() string { return i.Function.Args + " " + i.Function.Kwargs + " " + i.Request.Path }

// infoOf returns the zero info if the store does not have the notification.
func infoOf(n *points.Notification) (info, error) {
	var payload struct{ Info info }
	if n == nil {
		return payload.Info, nil
	}
	if err := json.Unmarshal(n.Payload, &payload); err != nil {
		return info{}, fmt.Errorf("%s of point %s: %w", n.Name, n.TraceID, err)
	}
	return payload.Info, nil
}
