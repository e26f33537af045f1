// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"fmt"
	"os"
	"strings"
)

// The environment variables from which programs are given keys. The names of
// the services' two are those that oslo.config gives OSProfiler's options
// enabled and hmac_keys in the group profiler
// (oslo_config/sources/_environment.py).
const (
	// EnvKey is a client's key, as of the openstack command.
	EnvKey = "OS_PROFILE"
	// EnvEnabled says whether a service believes signed headers.
	EnvEnabled = "OS_PROFILER__ENABLED"
	// EnvHMACKeys is a service's comma-separated list of keys.
	EnvHMACKeys = "OS_PROFILER__HMAC_KEYS"
	// EnvDigests is a comma-separated list of the digests that the keys
	// verify, such as "sha256,sha1". The first one signs.
	EnvDigests = "OSTRACE_HMAC_DIGESTS"
)

// KeyFromEnv returns the key that the environment gives a client: that of
// OS_PROFILE, with the digests of [DigestsFromEnv]. Where OS_PROFILE is not
// there, or empty, it is the zero Key.
//
// The error names the variable, does not show the key, and wraps [ErrKey] or
// [ErrDigest].
func KeyFromEnv() (Key, error) {
	secret := os.Getenv(EnvKey)
	if secret == "" {
		return Key{}, nil
	}
	digests, err := DigestsFromEnv()
	if err != nil {
		return Key{}, err
	}
	key, err := NewKey(secret, digests...)
	if err != nil {
		return Key{}, fmt.Errorf("environment variable %s: %w", EnvKey, err)
	}
	return key, nil
}

// KeysFromEnv returns the keys that the environment gives a service, in the
// terms of OSProfiler's own services. With OS_PROFILER__ENABLED true (or 1, yes,
// on) they are those of the comma-separated OS_PROFILER__HMAC_KEYS, with the
// digests of [DigestsFromEnv]; otherwise there are none, and no OSProfiler
// header is to be believed.
//
// It returns an error, which does not show any key, where the service is enabled
// and has no key or one that no client could use (it wraps [ErrKey]), where
// OSTRACE_HMAC_DIGESTS can't be used (it wraps [ErrDigest]), and where
// OS_PROFILER__ENABLED is neither true nor false.
func KeysFromEnv() (Keys, error) {
	enabled, err := parseBool(os.Getenv(EnvEnabled))
	if err != nil || !enabled {
		return nil, err
	}
	digests, err := DigestsFromEnv()
	if err != nil {
		return nil, err
	}
	keys, err := ParseKeys(os.Getenv(EnvHMACKeys), digests...)
	if err != nil {
		return nil, fmt.Errorf("%s is true, but %s can't be used: %w", EnvEnabled, EnvHMACKeys, err)
	}
	return keys, nil
}

// DigestsFromEnv returns the digests of OSTRACE_HMAC_DIGESTS, for [NewKey]. It
// returns none, for which NewKey takes both, where the variable is not there,
// or empty. The error names the variable and wraps [ErrDigest].
func DigestsFromEnv() ([]Digest, error) {
	list := os.Getenv(EnvDigests)
	if list == "" {
		return nil, nil
	}
	digests, err := ParseDigests(list)
	if err != nil {
		return nil, fmt.Errorf("environment variable %s: %w", EnvDigests, err)
	}
	return digests, nil
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
