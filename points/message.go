// SPDX-License-Identifier: Apache-2.0

package points

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// ParseMessage reads a notification from the body of a message in the form in
// which OSProfiler's driver messaging:// sends it over oslo.messaging.
//
// The body is the JSON of a notification of oslo.messaging, whose member
// payload is OSProfiler's notification. It can stand as a text in the member
// oslo.message of an envelope with the member oslo.version
// (oslo_messaging/_drivers/common.py, serialize_msg). The driver sends it
// without that envelope, in every release up to 4.4.
//
// The payload is read as [ParseNotification] reads it. The notification keeps a
// part of body as its Payload, so the caller must not change it afterwards.
// Errors wrap [ErrUnreadable].
func ParseMessage(body []byte) (Notification, error) {
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\ufffd"))
	}
	body, err := readable(body)
	if err != nil {
		return Notification{}, err
	}
	if inner := member(body, "oslo.message"); len(inner) > 0 && inner[0] == '"' {
		if body, err = readable(unquote(inner)); err != nil {
			return Notification{}, err
		}
	}
	payload := member(body, "payload")
	if payload == nil {
		return Notification{}, fmt.Errorf("%w: it is not a notification of oslo.messaging, because it has no payload", ErrUnreadable)
	}
	return parseValid(payload)
}

// readable returns the text with the numbers that only Python's JSON has as
// texts. Errors wrap [ErrUnreadable].
func readable(text []byte) ([]byte, error) {
	if validJSON(text) {
		return text, nil
	}
	err := json.Unmarshal(text, new(any))
	if text = quoteNaN(text); !validJSON(text) {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return text, nil
}
