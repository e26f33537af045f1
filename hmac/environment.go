// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"fmt"
	"os"
	"strings"
)

// The environment variables that give programs their keys. EnvEnabled and
// EnvHMACKeys have the names that oslo.config gives OSProfiler's options
// enabled and hmac_keys in the group profiler
// (oslo_config/sources/_environment.py).
const (
	// EnvKey is the key of a client. The openstack command reads it too.
	EnvKey = "OS_PROFILE"
	// EnvEnabled says whether a service accepts signed headers.
	EnvEnabled = "OS_PROFILER__ENABLED"
	// EnvHMACKeys is a service's comma-separated list of keys.
	EnvHMACKeys = "OS_PROFILER__HMAC_KEYS"
	// EnvDigests is a comma-separated list of the digests that the keys
	// verify, such as "sha256,sha1". The first one signs.
	EnvDigests = "OSTRACE_HMAC_DIGESTS"
)

// KeyFromEnv returns the key that the environment gives a client: the key of
// OS_PROFILE, with the digests of [DigestsFromEnv]. Where OS_PROFILE is unset
// or empty, it returns the zero Key.
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

// KeysFromEnv returns the keys that the environment gives a service, by the
// options of OSProfiler's own services. Where OS_PROFILER__ENABLED is true (or
// 1, yes, on), it returns the keys of the comma-separated
// OS_PROFILER__HMAC_KEYS, with the digests of [DigestsFromEnv]. Otherwise it
// returns none, and the service accepts no OSProfiler header.
//
// The error wraps [ErrKey] where OSProfiler is enabled and there is no key, or
// one that no client could use. It wraps [ErrDigest] where OSTRACE_HMAC_DIGESTS
// can't be used. It is another one where OS_PROFILER__ENABLED is neither true
// nor false. It never shows a key.
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

// DigestsFromEnv returns the digests of OSTRACE_HMAC_DIGESTS, for [NewKey].
// Where the variable is unset or empty it returns none, and NewKey takes both
// then. The error names the variable and wraps [ErrDigest].
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

// parseBool reads a boolean as oslo.config does. The empty text is false.
func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on":
		return true, nil
	case "", "false", "0", "no", "off":
		return false, nil
	}
	return false, fmt.Errorf("%s is %q; it must be true or false", EnvEnabled, text)
}
