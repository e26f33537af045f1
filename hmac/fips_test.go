// SPDX-License-Identifier: Apache-2.0

package hmac

import (
	"crypto/fips140"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const fipsOnly = "fips140=only"

// In Go's FIPS 140-only mode crypto/hmac panics with a short key and with
// SHA-1. In this package they are errors at start-up, and a request never
// panics. A program has the mode from its start, so the test runs itself again
// in that mode.
func TestFIPS140Only(t *testing.T) {
	if fips140.Enforced() {
		testFIPS140Only(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFIPS140Only$", "-test.v")
	cmd.Env = append(os.Environ(), "GODEBUG="+fipsOnly)
	output, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: TestFIPS140Only") || !strings.Contains(string(output), "FIPS 140-only mode is enforced") {
		t.Errorf("with GODEBUG=%s: %v\n%s", fipsOnly, err, output)
	}
}

func testFIPS140Only(t *testing.T) {
	t.Helper()
	t.Log("FIPS 140-only mode is enforced")
	const long, short = "14 bytes long.", "SECRET_KEY"
	key, err := NewKey(long, SHA256)
	if err != nil {
		t.Fatal(err)
	}
	info, mac := key.SignedPack(TraceInfo{BaseID: "1"})
	if len(mac) != 64 {
		t.Fatalf("got %q", mac)
	}
	if trace, by, err := (Keys{key}).SignedUnpack(info, mac); err != nil || by != key || trace.BaseID != "1" {
		t.Errorf("got %v, %v", trace, err)
	}

	for name, test := range map[string]struct {
		secret  string
		digests []Digest
		want    error
		says    string
	}{
		"a short secret":            {short, []Digest{SHA256}, ErrKey, "14 bytes"},
		"13 bytes":                  {long[1:], []Digest{SHA256}, ErrKey, "14 bytes"},
		"SHA-1":                     {long, []Digest{SHA1}, ErrDigest, "sha256"},
		"SHA-1 to verify":           {long, []Digest{SHA256, SHA1}, ErrDigest, "sha256"},
		"no digest, which is SHA-1": {long, nil, ErrDigest, "OSTRACE_HMAC_DIGESTS=sha256"},
	} {
		if got, err := NewKey(test.secret, test.digests...); !errors.Is(err, test.want) || !got.IsZero() ||
			!strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), test.secret) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		if got, err := ParseKeys(test.secret, test.digests...); !errors.Is(err, test.want) || got != nil {
			t.Errorf("%s: parsed %v, %v", name, got, err)
		}
		if test.secret == long {
			if got, err := key.WithDigests(test.digests...); !errors.Is(err, test.want) || !got.IsZero() {
				t.Errorf("%s: made %v, %v", name, got, err)
			}
		}
	}

	// 40 digits can only be SHA-1.
	if _, _, err := (Keys{key}).SignedUnpack(info, strings.Repeat("0", 40)); !errors.Is(err, ErrSignature) {
		t.Errorf("got %v", err)
	}

	// Keys that were made where Go does not enforce the mode are not used where
	// it does.
	var unenforced Keys
	var infos, macs []string
	fips140.WithoutEnforcement(func() {
		for _, secret := range []string{short, long} {
			for _, d := range []Digest{SHA1, SHA256} {
				unenforced = append(unenforced, mustKey(t, secret, d, SHA1, SHA256))
				info, mac := unenforced[len(unenforced)-1].SignedPack(TraceInfo{BaseID: "1"})
				infos, macs = append(infos, info), append(macs, mac)
			}
		}
	})
	for i, key := range unenforced {
		approved := i == 3
		if info, mac := key.SignedPack(TraceInfo{BaseID: "1"}); (info != "") != approved || (mac != "") != approved {
			t.Errorf("key %d signed %q", i, mac)
		}
		if _, _, err := unenforced.SignedUnpack(infos[i], macs[i]); (err == nil) != approved {
			t.Errorf("key %d: verified %v", i, err)
		}
	}
}
