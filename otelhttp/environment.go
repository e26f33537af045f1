package otelhttp

import (
	"fmt"
	"os"
	"strings"

	"github.com/ostrace/ostrace/hmac"
)

// The environment variables of [FromEnv]: OSProfiler's options enabled and
// hmac_keys in the group profiler, under the names that oslo.config gives them
// (oslo_config/sources/_environment.py).
const (
	EnvEnabled  = "OS_PROFILER__ENABLED"
	EnvHMACKeys = "OS_PROFILER__HMAC_KEYS"
)

// FromEnv returns the option that a service's environment asks for, in the terms
// of OSProfiler's own services. With OS_PROFILER__ENABLED true (or 1, yes, on)
// it is [WithHMACKeys] of the comma-separated OS_PROFILER__HMAC_KEYS; otherwise
// no OSProfiler header is believed.
//
// It returns an error, which does not show any key, where the service is enabled
// and has no key or one that no client could use (it wraps [hmac.ErrKey]), and
// where OS_PROFILER__ENABLED is neither true nor false.
func FromEnv() (Option, error) {
	enabled, err := parseBool(os.Getenv(EnvEnabled))
	if err != nil {
		return nil, err
	}
	if !enabled {
		return WithHMACKeys(), nil
	}
	keys, err := hmac.ParseKeys(os.Getenv(EnvHMACKeys))
	if err != nil {
		return nil, fmt.Errorf("%s is true, but %s can't be used: %w", EnvEnabled, EnvHMACKeys, err)
	}
	return WithHMACKeys(keys...), nil
}

// parseBool reads what oslo.config takes for a boolean; nothing is false.
func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on":
		return true, nil
	case "", "false", "0", "no", "off":
		return false, nil
	}
	return false, fmt.Errorf("%s is %q; it is true or false", EnvEnabled, text)
}
