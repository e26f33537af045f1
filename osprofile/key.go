// SPDX-License-Identifier: Apache-2.0

package osprofile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ostrace/ostrace/hmac"
)

// ErrBothFlags is returned by [Profile.Start] where the key was given twice.
var ErrBothFlags = errors.New("--" + KeyFlagName + " and --" + FileFlagName + " are both given; give one of them")

// MaxKeyFileBytes is the length of the longest content of --os-profile-file
// that is accepted. A longer file is the wrong one, because keys are not that
// long.
const MaxKeyFileBytes = 4096

var errNoFileName = errors.New("--" + FileFlagName + ": its value is empty, as an unset shell variable is; give a file, or leave the flag out")

// Given reports whether the user gave a key, by a flag or by OS_PROFILE.
func (p *Profile) Given() bool {
	return p.keyGiven || p.fileGiven || os.Getenv(hmac.EnvKey) != ""
}

// resolve returns the key that the user gave, with the digest that the user
// gave. It returns the zero Key where the user gave no key.
func (p *Profile) resolve() (hmac.Key, error) {
	if !p.Given() {
		return hmac.Key{}, nil
	}
	digests := p.digests
	if len(digests) == 0 {
		var err error
		if digests, err = hmac.DigestsFromEnv(); err != nil {
			return hmac.Key{}, err
		}
	}
	key, err := p.anyDigest()
	if err != nil {
		return hmac.Key{}, err
	}
	key, err = key.WithDigests(digests...)
	if err != nil && len(p.digests) > 0 {
		err = fmt.Errorf("--%s: %w", DigestFlagName, err)
	}
	return key, err
}

// anyDigest returns the key that the user gave, with a digest that is always
// allowed.
func (p *Profile) anyDigest() (hmac.Key, error) {
	switch {
	case p.keyGiven && p.fileGiven:
		return hmac.Key{}, ErrBothFlags
	case p.keyGiven:
		return p.key, p.keyErr
	case p.fileGiven && p.file == "":
		return hmac.Key{}, errNoFileName
	case p.fileGiven:
		key, err := keyFromFile(p.file)
		switch {
		case err != nil && !opens(p.file):
			return hmac.Key{}, fmt.Errorf("--%s: %w; the name is not shown here, because it may be the key itself, which belongs after --%s", FileFlagName, err, KeyFlagName)
		case err != nil:
			return hmac.Key{}, fmt.Errorf("--%s %s: %w", FileFlagName, p.file, err)
		}
		return key, nil
	}
	key, err := newKey(os.Getenv(hmac.EnvKey))
	if err != nil {
		return hmac.Key{}, fmt.Errorf("environment variable %s: %w", hmac.EnvKey, err)
	}
	return key, nil
}

// newKey makes a key before the digest is known, because the flags can come in
// any order and the secret is not kept as text.
func newKey(secret string) (hmac.Key, error) { return hmac.NewKey(secret, hmac.SHA256) }

// opens reports whether a name is that of a file that can be opened. Otherwise
// it may be a key in the wrong place.
func opens(name string) bool {
	if name == "-" {
		return true
	}
	_, err := os.Stat(name)
	return err == nil
}

func newFlagKey(secret string) (hmac.Key, error) {
	if secret == "" {
		return hmac.Key{}, fmt.Errorf("--%s: %w: it is empty, as an unset shell variable is; give one of the cloud's [profiler] hmac_keys, or leave the flag out",
			KeyFlagName, hmac.ErrKey)
	}
	key, err := newKey(secret)
	if err != nil {
		return hmac.Key{}, fmt.Errorf("--%s: %w", KeyFlagName, err)
	}
	return key, nil
}

func keyFromFile(name string) (hmac.Key, error) {
	file := os.Stdin
	if name != "-" {
		opened, err := os.Open(name)
		if err != nil {
			return hmac.Key{}, withoutPath(err)
		}
		defer opened.Close()
		file = opened
	}
	secret, err := readSecret(file)
	if err != nil {
		return hmac.Key{}, err
	}
	return newKey(secret)
}

// readSecret returns the content of r, without the newline at its end.
func readSecret(r io.Reader) (string, error) {
	content, err := io.ReadAll(io.LimitReader(r, MaxKeyFileBytes+1))
	if err != nil {
		return "", withoutPath(err)
	}
	secret := string(content)
	switch {
	case len(secret) > MaxKeyFileBytes:
		return "", fmt.Errorf("%w: it is over %d bytes; give a file that holds one key and nothing else", hmac.ErrKey, MaxKeyFileBytes)
	case strings.HasPrefix(secret, "\ufeff"):
		return "", fmt.Errorf("%w: it begins with a byte order mark, which an editor put there; save the file without it", hmac.ErrKey)
	}
	if line, ok := strings.CutSuffix(secret, "\n"); ok {
		return strings.TrimSuffix(line, "\r"), nil
	}
	return secret, nil
}

// withoutPath returns only the reason of an error of the package os. Its
// callers name the file as the user gave it.
func withoutPath(err error) error {
	if pathErr, ok := errors.AsType[*os.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
