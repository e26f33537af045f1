package main

import (
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

// explain returns an error of one line that says what did not happen, why, and
// what to do where that is known.
func explain(what string, err error) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: interrupted", what)
	}
	var unexpected gophercloud.ErrUnexpectedResponseCode
	if !errors.As(err, &unexpected) {
		return fmt.Errorf("%s: %w", what, reason(err))
	}
	message := serviceMessage(unexpected.Body)
	if message == "" {
		message = http.StatusText(unexpected.Actual)
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

// explainAuth explains why authentication failed.
func explainAuth(err error, identityEndpoint string) error {
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted while authenticating")
	case gophercloud.ResponseCodeIs(err, http.StatusUnauthorized):
		return explained{"the identity service does not know this user, project and password together: check OS_USERNAME, OS_PASSWORD, the project and the domains, or clouds.yaml", err}
	case gophercloud.ResponseCodeIs(err, http.StatusNotFound):
		return explained{fmt.Sprintf("%s is not an identity service's address: check OS_AUTH_URL or auth_url in clouds.yaml, which mostly ends in /v3", identityEndpoint), err}
	}
	var unexpected gophercloud.ErrUnexpectedResponseCode
	if errors.As(err, &unexpected) {
		return explain("authentication failed", err)
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("the identity service at %s does not answer: %w; check OS_AUTH_URL or auth_url in clouds.yaml", identityEndpoint, reason(err))
	}
	return fmt.Errorf("%s does not answer as an identity service does: %w; check OS_AUTH_URL or auth_url in clouds.yaml", identityEndpoint, reason(err))
}

func noService(serviceType string, err error) error {
	return fmt.Errorf("the cloud's catalog has no %s service for this region and interface (%w): check OS_REGION_NAME or clouds.yaml", serviceType, reason(err))
}

// reason returns what lies behind an error of net/http, without the URL.
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op
	}
	return explained{oneLine(err.Error()), err}
}

// serviceMessage returns the message in the answer of an OpenStack service,
// which each puts in an object of another name.
func serviceMessage(body []byte) string {
	var answer map[string]json.RawMessage
	if json.Unmarshal(body, &answer) != nil {
		return ""
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

// oneLine returns text from a service fit for one line of a terminal.
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
