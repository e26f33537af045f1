// SPDX-License-Identifier: Apache-2.0

package osprofile

import (
	"crypto/fips140"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ostrace/ostrace/hmac"
)

const testSecret = "correct-horse"

func TestMain(m *testing.M) {
	for _, name := range []string{hmac.EnvKey, hmac.EnvDigests, "TRACEPARENT", "TRACESTATE", "BAGGAGE"} {
		os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func setStdin(t *testing.T, content string) {
	t.Helper()
	file, err := os.Open(writeFile(t, content))
	if err != nil {
		t.Fatal(err)
	}
	stdin := os.Stdin
	os.Stdin = file
	t.Cleanup(func() {
		os.Stdin = stdin
		file.Close()
	})
}

// isKeyOf reports whether key is the one made of secret.
func isKeyOf(t *testing.T, key hmac.Key, secret string) bool {
	t.Helper()
	if key.IsZero() || secret == "" {
		return key.IsZero() && secret == ""
	}
	want, err := hmac.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	_, got := key.SignedPack(hmac.TraceInfo{BaseID: "1"})
	_, mac := want.SignedPack(hmac.TraceInfo{BaseID: "1"})
	return got == mac
}

func TestWhereTheKeyComesFrom(t *testing.T) {
	file := writeFile(t, "of-file\n")
	for name, test := range map[string]struct {
		args  []string
		env   string
		stdin string
		want  string
	}{
		"nothing":                       {},
		"environment":                   {env: "of-env", want: "of-env"},
		"flag":                          {args: []string{"--os-profile", "of-flag"}, want: "of-flag"},
		"flag over environment":         {args: []string{"--os-profile=of-flag"}, env: "of-env", want: "of-flag"},
		"flag over unusable":            {args: []string{"--os-profile=of-flag"}, env: "a,b", want: "of-flag"},
		"file":                          {args: []string{"--os-profile-file", file}, want: "of-file"},
		"file over environment":         {args: []string{"--os-profile-file", file}, env: "of-env", want: "of-file"},
		"standard input":                {args: []string{"--os-profile-file", "-"}, env: "of-env", stdin: "of-stdin\r\n", want: "of-stdin"},
		"no newline":                    {args: []string{"--os-profile-file", "-"}, stdin: "of-stdin", want: "of-stdin"},
		"the most that a file may hold": {args: []string{"--os-profile-file", "-"}, stdin: strings.Repeat("k", MaxKeyFileBytes), want: strings.Repeat("k", MaxKeyFileBytes)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(hmac.EnvKey, test.env)
			setStdin(t, test.stdin)
			var profile Profile
			if err := newFlagSet(&profile, io.Discard).Parse(test.args); err != nil {
				t.Fatal(err)
			}
			key, err := profile.resolve()
			if err != nil || !isKeyOf(t, key, test.want) {
				t.Errorf("got %v, %v; want the key %q", key, err, test.want)
			}
		})
	}
}

// The flag is preferred to the variable, in whatever order the flags come.
func TestWhereTheDigestComesFrom(t *testing.T) {
	file := writeFile(t, testSecret+"\n")
	for _, test := range []struct {
		args []string
		env  string
		want hmac.Digest
		err  error
	}{
		{nil, "", hmac.SHA1, nil},
		{nil, "sha256", hmac.SHA256, nil},
		{nil, "sha256,sha1", hmac.SHA256, nil},
		{nil, "sha1,sha256", hmac.SHA1, nil},
		{nil, "md5", 0, hmac.ErrDigest},
		{[]string{"--os-profile-digest", "sha256"}, "", hmac.SHA256, nil},
		{[]string{"--os-profile-digest", "sha256"}, "sha1", hmac.SHA256, nil},
		{[]string{"--os-profile-digest", "sha1"}, "sha256", hmac.SHA1, nil},
		{[]string{"--os-profile-digest", "sha1"}, "md5", hmac.SHA1, nil},
		{[]string{"--os-profile-digest", "sha1", "--os-profile-digest", "sha256"}, "", hmac.SHA256, nil},
	} {
		for name, key := range map[string][]string{
			"flag": {"--os-profile", testSecret}, "file": {"--os-profile-file", file}, "environment": nil,
		} {
			for _, args := range [][]string{slices.Concat(key, test.args), slices.Concat(test.args, key)} {
				t.Setenv(hmac.EnvKey, testSecret)
				t.Setenv(hmac.EnvDigests, test.env)
				var profile Profile
				if err := newFlagSet(&profile, io.Discard).Parse(args); err != nil {
					t.Fatal(err)
				}
				got, err := profile.resolve()
				if !errors.Is(err, test.err) || got.Digest() != test.want || got.IsZero() != (test.err != nil) {
					t.Errorf("key of the %s, %v, %s: signs with %s, %v", name, args, test.env, got.Digest(), err)
				}
				if err != nil && (!strings.Contains(err.Error(), hmac.EnvDigests) || strings.Contains(err.Error(), testSecret)) {
					t.Errorf("%v", err)
				}
			}
		}
	}
	// Without a key nothing is signed, and no digest matters.
	t.Setenv(hmac.EnvKey, "")
	t.Setenv(hmac.EnvDigests, "md5")
	if key, err := new(Profile).resolve(); err != nil || !key.IsZero() {
		t.Errorf("got %v, %v", key, err)
	}
}

// In FIPS 140-only mode SHA-1 and short secrets are errors at start-up. A
// program has that mode from its start, so the test runs itself again in it.
func TestFIPS140Only(t *testing.T) {
	if !fips140.Enforced() {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFIPS140Only$", "-test.v")
		cmd.Env = append(os.Environ(), "GODEBUG=fips140=only")
		output, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(output), "FIPS 140-only mode is enforced") {
			t.Errorf("%v\n%s", err, output)
		}
		return
	}
	t.Log("FIPS 140-only mode is enforced")
	const long = "correct-horse-battery"
	for _, test := range []struct {
		args []string
		err  error
		says string
	}{
		{[]string{"--os-profile", long, "--os-profile-digest", "sha256"}, nil, ""},
		{[]string{"--os-profile", long, "--os-profile-digest", "sha1"}, hmac.ErrDigest, "--os-profile-digest"},
		{[]string{"--os-profile", long}, hmac.ErrDigest, "sha256"},
		{[]string{"--os-profile", testSecret, "--os-profile-digest", "sha256"}, hmac.ErrKey, "14 bytes"},
	} {
		var profile Profile
		if err := newFlagSet(&profile, io.Discard).Parse(test.args); err != nil {
			t.Fatal(err)
		}
		key, err := profile.resolve()
		if !errors.Is(err, test.err) || key.IsZero() != (test.err != nil) || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v: got %v, %v", test.args[2:], key, err)
		}
	}
}

// First, do no harm: an unusable key is an error at start-up that says what to
// do. The key stays inside: the error does not show it.
func TestUnusableKey(t *testing.T) {
	directory := t.TempDir()
	missing := filepath.Join(directory, "missing")
	_, noFile := os.ReadFile(missing)
	noSuchFile := errors.Unwrap(noFile).Error() // in the system's own words
	withComma := writeFile(t, testSecret+",b\n")
	tooLong := writeFile(t, strings.Repeat(testSecret, MaxKeyFileBytes))
	oneTooLong := writeFile(t, strings.Repeat("k", MaxKeyFileBytes)+"\n")
	empty := writeFile(t, "")
	newline := writeFile(t, "\r\n")
	twoLines := writeFile(t, testSecret+"\n\n")
	carriageReturn := writeFile(t, testSecret+"\r")
	mark := writeFile(t, "\ufeff"+testSecret)
	for name, test := range map[string]struct {
		args []string
		env  string
		is   error
		says []string
	}{
		"both flags":                {args: []string{"--os-profile", testSecret, "--os-profile-file", "f"}, is: ErrBothFlags, says: []string{"--os-profile and --os-profile-file", "give one"}},
		"both flags, both empty":    {args: []string{"--os-profile=", "--os-profile-file="}, is: ErrBothFlags},
		"comma":                     {args: []string{"--os-profile", testSecret + ",b"}, is: hmac.ErrKey, says: []string{"--os-profile: ", "comma", "give one key of that list"}},
		"white space":               {args: []string{"--os-profile", testSecret + " "}, is: hmac.ErrKey, says: []string{"white space"}},
		"unset shell variable":      {args: []string{"--os-profile", ""}, env: testSecret, is: hmac.ErrKey, says: []string{"--os-profile: ", "unset shell variable", "leave the flag out"}},
		"comma, environment":        {env: testSecret + ",b", is: hmac.ErrKey, says: []string{"environment variable OS_PROFILE: ", "comma"}},
		"comma, file":               {args: []string{"--os-profile-file", withComma}, is: hmac.ErrKey, says: []string{"--os-profile-file " + withComma, "comma"}},
		"no file name":              {args: []string{"--os-profile-file", ""}, env: testSecret, is: errNoFileName, says: []string{"--os-profile-file: ", "unset shell variable"}},
		"no file":                   {args: []string{"--os-profile-file", missing}, is: fs.ErrNotExist, says: []string{"--os-profile-file: ", noSuchFile, "--os-profile"}},
		"the key in its place":      {args: []string{"--os-profile-file", testSecret}, is: fs.ErrNotExist, says: []string{"--os-profile-file: ", noSuchFile, "the key itself, which belongs after --os-profile"}},
		"a directory":               {args: []string{"--os-profile-file", directory}, says: []string{"--os-profile-file " + directory}},
		"too long":                  {args: []string{"--os-profile-file", tooLong}, is: hmac.ErrKey, says: []string{tooLong, "over 4096 bytes"}},
		"too long by one byte":      {args: []string{"--os-profile-file", oneTooLong}, is: hmac.ErrKey, says: []string{oneTooLong, "over 4096 bytes"}},
		"empty file":                {args: []string{"--os-profile-file", empty}, is: hmac.ErrKey, says: []string{empty, "empty"}},
		"a file of a newline":       {args: []string{"--os-profile-file", newline}, is: hmac.ErrKey, says: []string{newline, "empty"}},
		"a file of two lines":       {args: []string{"--os-profile-file", twoLines}, is: hmac.ErrKey, says: []string{twoLines, "white space"}},
		"carriage return alone":     {args: []string{"--os-profile-file", carriageReturn}, is: hmac.ErrKey, says: []string{carriageReturn, "white space"}},
		"byte order mark":           {args: []string{"--os-profile-file", mark}, is: hmac.ErrKey, says: []string{mark, "byte order mark"}},
		"nothing in standard input": {args: []string{"--os-profile-file", "-"}, is: hmac.ErrKey, says: []string{"--os-profile-file -: ", "empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(hmac.EnvKey, test.env)
			setStdin(t, "")
			var profile Profile
			if err := newFlagSet(&profile, io.Discard).Parse(test.args); err != nil {
				t.Fatal(err)
			}
			ctx, run, err := profile.Start(t.Context(), "test")
			if err == nil || ctx != t.Context() || run != nil {
				t.Fatalf("got %v, %v, %v", ctx, run, err)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got %v, want %v", err, test.is)
			}
			for _, text := range test.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not say %q", err, text)
				}
			}
			if strings.Contains(err.Error(), testSecret) {
				t.Errorf("the key shows in %v", err)
			}
		})
	}
}

func TestReadSecretReturnsTheReadersError(t *testing.T) {
	broken := io.MultiReader(strings.NewReader(testSecret), iotest.ErrReader(io.ErrUnexpectedEOF))
	if secret, err := readSecret(broken); secret != "" || !errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), testSecret) {
		t.Errorf("got %q, %v", secret, err)
	}
}

func TestReadSecretIsBounded(t *testing.T) {
	endless := &endlessReader{}
	if _, err := readSecret(endless); !errors.Is(err, hmac.ErrKey) {
		t.Errorf("got %v", err)
	}
	if endless.read > 2*MaxKeyFileBytes {
		t.Errorf("read %d bytes", endless.read)
	}
}

// endlessReader reads like the device /dev/zero.
type endlessReader struct{ read int }

func (r *endlessReader) Read(p []byte) (int, error) {
	r.read += len(p)
	return len(p), nil
}

func FuzzReadSecret(f *testing.F) {
	for _, content := range []string{"", "k", "k\n", "k\r\n", "k\r", "\n\n", "\ufeffk", "\xff\xfek\x00", strings.Repeat("k", MaxKeyFileBytes+1)} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		secret, err := readSecret(strings.NewReader(content))
		if err != nil {
			fits := len(content) <= MaxKeyFileBytes && !strings.HasPrefix(content, "\ufeff")
			if fits || secret != "" || len(content) > MaxKeyFileBytes && strings.Contains(err.Error(), content) {
				t.Errorf("%q: got %q, %v", content, secret, err)
			}
			return
		}
		if content != secret && content != secret+"\n" && content != secret+"\r\n" {
			t.Errorf("%q became %q", content, secret)
		}
		if strings.HasSuffix(content, "\n") && content == secret {
			t.Errorf("%q kept its newline", content)
		}
	})
}

func TestGiven(t *testing.T) {
	for name, test := range map[string]struct {
		env   string
		set   func(*Profile)
		given bool
	}{
		"nothing":      {"", func(*Profile) {}, false},
		"environment":  {"k", func(*Profile) {}, true},
		"the key":      {"", func(p *Profile) { _ = p.KeyFlag().Set("k") }, true},
		"an empty key": {"", func(p *Profile) { _ = p.KeyFlag().Set("") }, true},
		"a file":       {"", func(p *Profile) { _ = p.FileFlag().Set("f") }, true},
	} {
		t.Setenv("OS_PROFILE", test.env)
		var profile Profile
		test.set(&profile)
		if got := profile.Given(); got != test.given {
			t.Errorf("%s: %v", name, got)
		}
	}
}
