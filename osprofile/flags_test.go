// SPDX-License-Identifier: Apache-2.0

package osprofile

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/hmac"
)

// pflagValue is github.com/spf13/pflag.Value, which cobra's flags take.
type pflagValue interface {
	String() string
	Set(string) error
	Type() string
}

var (
	_ flag.Value = Value(nil)
	_ pflagValue = Value(nil)
)

// newFlagSet returns a flag set with the three flags, as a program makes it.
func newFlagSet(profile *Profile, output io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("mytool", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.Var(profile.KeyFlag(), KeyFlagName, KeyFlagUsage)
	flags.Var(profile.FileFlag(), FileFlagName, FileFlagUsage)
	flags.Var(profile.DigestFlag(), DigestFlagName, DigestFlagUsage)
	return flags
}

// The key stays inside, also where a flag package prints what a flag
// refuses.
func TestFlagsPrintNoKey(t *testing.T) {
	for _, secret := range []string{testSecret, testSecret + ",", " " + testSecret, testSecret + "\xff"} {
		t.Setenv(hmac.EnvKey, testSecret)
		var profile Profile
		var output bytes.Buffer
		flags := newFlagSet(&profile, &output)
		if err := flags.Parse([]string{"--os-profile", secret}); err != nil {
			t.Errorf("%q: parsing returned %v", secret, err)
		}
		flags.PrintDefaults()
		if err := flags.Parse([]string{"--help"}); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("%q: %v", secret, err)
		}
		flags.VisitAll(func(f *flag.Flag) { output.WriteString(f.DefValue + f.Value.String()) })
		if strings.Contains(output.String(), testSecret) {
			t.Errorf("%q: printed %s", secret, output.String())
		}
		if strings.Contains(output.String(), "default") {
			t.Errorf("%q: a default is printed: %s", secret, output.String())
		}
	}
}

func TestHelp(t *testing.T) {
	var output bytes.Buffer
	newFlagSet(&Profile{}, &output).PrintDefaults()
	want := "  -os-profile KEY\n" +
		"    \thave the cloud's services trace this command: KEY is one of their [profiler] hmac_keys (environment: OS_PROFILE)\n" +
		"  -os-profile-digest DIGEST\n" +
		"    \tsign with this DIGEST: sha1, which every released OSProfiler accepts and which is used without the flag, or sha256 (environment: OSTRACE_HMAC_DIGESTS)\n" +
		"  -os-profile-file FILE\n" +
		"    \tlike --os-profile, with the key read from FILE; - is standard input\n"
	if output.String() != want {
		t.Errorf("got\n%s", output.String())
	}
}

func TestFlagTexts(t *testing.T) {
	var profile Profile
	if got := profile.KeyFlag().String() + profile.FileFlag().String() + profile.DigestFlag().String(); got != "" {
		t.Errorf("defaults %q", got)
	}
	_, _ = profile.KeyFlag().Set(testSecret), profile.FileFlag().Set("f")
	if got := profile.KeyFlag().String(); got != "(hidden)" {
		t.Errorf("key %q", got)
	}
	if got := profile.FileFlag().String(); got != "f" {
		t.Errorf("file %q", got)
	}
	if err := profile.DigestFlag().Set("sha256"); err != nil || profile.DigestFlag().String() != "sha256" || profile.DigestFlag().Type() != "digest" {
		t.Errorf("digest %q, %v", profile.DigestFlag(), err)
	}
	if key, file := profile.KeyFlag().Type(), profile.FileFlag().Type(); key != "key" || file != "file" {
		t.Errorf("types %q, %q", key, file)
	}
}

func TestLastFlagCounts(t *testing.T) {
	var profile Profile
	if err := newFlagSet(&profile, io.Discard).Parse([]string{"--os-profile", "a,b", "--os-profile", testSecret}); err != nil {
		t.Fatal(err)
	}
	if key, err := profile.resolve(); err != nil || key.IsZero() {
		t.Errorf("got %v, %v", key, err)
	}
	_ = profile.KeyFlag().Set("a,b")
	if key, err := profile.resolve(); !errors.Is(err, hmac.ErrKey) || !key.IsZero() {
		t.Errorf("got %v, %v", key, err)
	}
}

func TestUnusableDigestFlag(t *testing.T) {
	for _, name := range []string{"", "SHA256", "sha-256", "sha1,sha256", "md5"} {
		var profile Profile
		var output bytes.Buffer
		err := newFlagSet(&profile, &output).Parse([]string{"--os-profile", testSecret, "--os-profile-digest", name})
		if err == nil || !strings.Contains(err.Error(), "it is sha1 or sha256") || strings.Contains(output.String(), testSecret) {
			t.Errorf("%q: got %v, printed %s", name, err, &output)
		}
		if err := profile.DigestFlag().Set(name); !errors.Is(err, hmac.ErrDigest) {
			t.Errorf("%q: got %v", name, err)
		}
	}
}
