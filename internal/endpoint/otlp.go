// SPDX-License-Identifier: Apache-2.0

package endpoint

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// CheckOTLP returns an error for the address of an OpenTelemetry back end that
// an exporter can't use. The error says what is wrong, and shows no secret.
// what names the place of the address, such as --endpoint.
func CheckOTLP(what, address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("%s must be a URL such as http://localhost:4318, not %q", what, Redact(address))
	case u.User != nil:
		return fmt.Errorf("%s has a user, which OTLP does not send: give OTEL_EXPORTER_OTLP_HEADERS=Authorization=…, and %s without it, not %q", what, what, Redact(address))
	}
	return nil
}

// CheckOTLPEnvironment returns an error for an environment variable that
// OpenTelemetry's exporter of traces can't read. The exporter would log such a
// variable whole, with its secrets.
func CheckOTLPEnvironment() error {
	for _, prefix := range []string{"OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_"} {
		if address := strings.TrimSpace(os.Getenv(prefix + "ENDPOINT")); address != "" {
			if err := CheckOTLP(prefix+"ENDPOINT", address); err != nil {
				return err
			}
		}
		if err := checkHeaders(strings.TrimSpace(os.Getenv(prefix + "HEADERS"))); err != nil {
			return fmt.Errorf("%sHEADERS %w", prefix, err)
		}
	}
	return nil
}

// checkHeaders reads headers in the form that OpenTelemetry's specification of
// exporters gives them: W3C Baggage without properties.
func checkHeaders(headers string) error {
	number := 0
	for header := range strings.SplitSeq(headers, ",") {
		number++
		if strings.TrimSpace(header) == "" {
			continue
		}
		name, value, found := strings.Cut(header, "=")
		if !found || !isToken(strings.TrimSpace(name)) {
			return fmt.Errorf("must be like name=value,name=value, but its header number %d is not (a comma in a value has to be written %%2C)", number)
		}
		decoded, err := url.PathUnescape(value)
		if err != nil {
			return fmt.Errorf("has a %% in its header number %d that is not followed by two hex digits (a %% itself has to be written %%25)", number)
		}
		if strings.ContainsFunc(decoded, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return errors.New("has a control character, such as the end of a line, which no header can have")
		}
	}
	return nil
}

func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return false
		}
		return !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
