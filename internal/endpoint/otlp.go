// SPDX-License-Identifier: Apache-2.0

package endpoint

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// CheckOTLP returns an error for the address of an OpenTelemetry back end that an
// exporter can't use, which says what is wrong and shows no secret. what names
// where the address stands, such as --endpoint.
func CheckOTLP(what, address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("%s is a URL such as http://localhost:4318, not %q", what, Redact(address))
	case u.User != nil:
		return fmt.Errorf("%s has a user, which OTLP does not send: give OTEL_EXPORTER_OTLP_HEADERS=Authorization=…, and %s without it, not %q", what, what, Redact(address))
	}
	return nil
}

// CheckOTLPEnvironment returns an error for the variables of the environment that
// OpenTelemetry's exporter of traces would log whole where it can't read them,
// with their secrets.
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

// checkHeaders reads what OpenTelemetry's specification of exporters says: W3C
// Baggage without its properties.
func checkHeaders(headers string) error {
	number := 0
	for header := range strings.SplitSeq(headers, ",") {
		number++
		if strings.TrimSpace(header) == "" {
			continue
		}
		name, value, found := strings.Cut(header, "=")
		if !found || !isToken(strings.TrimSpace(name)) {
			return fmt.Errorf("is like name=value,name=value: the header number %d in it is not (a comma in a value has to be written %%2C)", number)
		}
		decoded, err := url.PathUnescape(value)
		if err != nil {
			return fmt.Errorf("has a %% in the header number %d that is not followed by two hex digits (a %% itself has to be written %%25)", number)
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
