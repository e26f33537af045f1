// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/gophercloud/gophercloud/v2"
)

// explain returns an error of one line that says what failed, why, and what to
// do where that is known. ctx is the context of the work that failed.
func explain(ctx context.Context, what string, err error) error {
	unexpected, answered := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err)
	if !answered {
		return explained{what + ": " + reason(ctx, err), err}
	}
	message := serviceMessage(unexpected.Body)
	if message == "" {
		message = cmp.Or(http.StatusText(unexpected.Actual), "no reason given")
	}
	text := fmt.Sprintf("%s: %s (HTTP %d", what, message, unexpected.Actual)
	if id := unexpected.ResponseHeader.Get("X-Openstack-Request-Id"); id != "" {
		text += ", " + oneLine(id)
	}
	text += ")"
	if unexpected.Actual == http.StatusForbidden && strings.Contains(strings.ToLower(message), "quota") {
		text += "; delete what you no longer need, or ask for a larger quota"
	}
	return explained{text, err}
}

// explained is an error with a text of its own.
type explained struct {
	text string
	err  error
}

func (e explained) Error() string { return e.text }
func (e explained) Unwrap() error { return e.err }

// both joins two errors to one error of one line.
func both(first, second error) error {
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	}
	return fmt.Errorf("%w; %w", first, second)
}

const checkAddress = "check OS_AUTH_URL or auth_url in clouds.yaml"

// explainAuth explains why authentication failed.
func explainAuth(ctx context.Context, identityEndpoint string, err error) error {
	unexpected, answered := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err)
	_, unreachable := errors.AsType[*url.Error](err)
	switch {
	case gophercloud.ResponseCodeIs(err, http.StatusUnauthorized):
		return explained{"the identity service refuses these credentials for this project: check the user, the password or application credential, the project and the domains in the OS_ variables or clouds.yaml", err}
	case notJSON(err), gophercloud.ResponseCodeIs(err, http.StatusNotFound) && serviceMessage(unexpected.Body) == "":
		return explained{fmt.Sprintf("%s is not an identity service's address: %s; it mostly ends in /v3", identityEndpoint, checkAddress), err}
	case answered && unexpected.Actual < http.StatusInternalServerError:
		return fmt.Errorf("%w; check the OS_ variables or clouds.yaml", explain(ctx, "authentication at "+identityEndpoint+" failed", err))
	case answered, ctx.Err() == context.Canceled:
		return explain(ctx, "authentication failed", err)
	case unreachable:
		return explained{fmt.Sprintf("the identity service at %s does not answer: %s; %s", identityEndpoint, reason(ctx, err), checkAddress), err}
	}
	return explained{fmt.Sprintf("authentication at %s failed: %s; check the OS_ variables or clouds.yaml", identityEndpoint, reason(ctx, err)), err}
}

// notJSON reports whether an answer was not JSON, or was the JSON of another
// kind of service.
func notJSON(err error) bool {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, unexpected := errors.AsType[*json.UnmarshalTypeError](err)
	return syntax || unexpected
}

// explainService explains why there is no client for a service.
func explainService(ctx context.Context, serviceType string, err error) error {
	if _, ok := errors.AsType[*gophercloud.ErrEndpointNotFound](err); ok {
		return explained{"the cloud's catalog has no " + serviceType + " service for this region and interface: check OS_REGION_NAME and OS_INTERFACE, or clouds.yaml", err}
	}
	return explain(ctx, "the "+serviceType+" service does not say which versions it has", err)
}

// reason returns why a request got no answer, without its URL, or why ctx ended
// before there could be one.
func reason(ctx context.Context, err error) string {
	switch ctx.Err() {
	case nil:
	case context.Canceled:
		return "interrupted"
	default:
		return context.Cause(ctx).Error()
	}
	if reauth, ok := errors.AsType[*gophercloud.ErrUnableToReauthenticate](err); ok {
		return "the token is no longer valid, and there is no new one: " + explain(ctx, "authentication failed", reauth.ErrReauth).Error()
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op
	} else if of, ok := errors.AsType[*url.Error](err); ok {
		err = of.Err
	}
	return oneLine(err.Error())
}

// serviceMessage returns the message in the answer of an OpenStack service.
// Glance's answer has it directly, and the other services have it inside an
// object, each with another name.
func serviceMessage(body []byte) string {
	var answer map[string]json.RawMessage
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	var message string
	if json.Unmarshal(answer["message"], &message) == nil {
		return oneLine(strings.ReplaceAll(message, "<br />", " "))
	}
	for _, member := range answer {
		var inner struct {
			Message string `json:"message"`
		}
		if json.Unmarshal(member, &inner) == nil && inner.Message != "" {
			return oneLine(inner.Message)
		}
	}
	return ""
}

// oneLine returns a service's text as one line that can be printed on a
// terminal.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	return strings.TrimSuffix(strings.Join(strings.Fields(text), " "), ".")
}
