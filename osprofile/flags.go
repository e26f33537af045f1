// SPDX-License-Identifier: Apache-2.0

package osprofile

import "github.com/ostrace/ostrace/hmac"

// The names and help texts of the flags. In the texts the name of the value
// stands between back quotes, because the packages flag and pflag look for it
// there.
const (
	KeyFlagName  = "os-profile"
	KeyFlagUsage = "have the cloud's services trace this command: `KEY` is one of their [profiler] hmac_keys (environment: OS_PROFILE)"

	FileFlagName  = "os-profile-file"
	FileFlagUsage = "like --os-profile, with the key read from `FILE`; - is standard input"

	DigestFlagName  = "os-profile-digest"
	DigestFlagUsage = "sign with this `DIGEST`: sha1, which every released OSProfiler accepts and which is used without the flag, or sha256 (environment: OSTRACE_HMAC_DIGESTS)"
)

// Profile keeps whether a command is to be traced, and with which key and
// digest. It is the state behind the flags --os-profile, --os-profile-file and
// --os-profile-digest. The zero Profile is ready to use. Without flags its key
// is that of the environment variable OS_PROFILE, where that is set.
//
// A Profile does not keep the key as text, and printing a Profile does not show
// it. A Profile is not safe for concurrent use: a program parses the flags
// first, and calls [Profile.Start] then.
type Profile struct {
	keyGiven bool
	key      hmac.Key
	keyErr   error

	fileGiven bool
	file      string

	digests []hmac.Digest // none, where the flag was not given
}

// Value is the value of a flag. It has the methods of flag.Value and of
// pflag.Value, so that it can be given to the method Var of flag sets of the
// standard package and of pflag, which cobra uses.
type Value interface {
	// String returns a text for --help and logs. It never returns a key.
	String() string
	// Set takes the text after the flag.
	Set(string) error
	// Type returns the name of the flag's type, for pflag.
	Type() string
}

// KeyFlag returns the value of --os-profile.
//
// Its Set accepts any text and returns nil, because the packages flag and pflag
// print a value that is refused ("invalid value "KEY" for flag"), and a key
// with a mistake in it still shows most of a secret. [Profile.Start] returns
// the error instead. Its String returns an empty text until a key is given, so
// that --help shows no default, and a fixed text after that.
func (p *Profile) KeyFlag() Value { return (*keyFlag)(p) }

// FileFlag returns the value of --os-profile-file. Its Set only keeps the name,
// and always returns nil. [Profile.Start] reads the file.
func (p *Profile) FileFlag() Value { return (*fileFlag)(p) }

// DigestFlag returns the value of --os-profile-digest, the digest that signs.
// Its Set returns an error that wraps hmac.ErrDigest for anything but "sha1"
// and "sha256". The flag packages may print a digest that they refuse, because
// it is not secret.
func (p *Profile) DigestFlag() Value { return (*digestFlag)(p) }

type keyFlag Profile

func (f *keyFlag) Set(secret string) error {
	f.keyGiven = true
	f.key, f.keyErr = newFlagKey(secret)
	return nil
}

func (f *keyFlag) String() string {
	if f.keyGiven {
		return "(hidden)"
	}
	return ""
}

func (*keyFlag) Type() string { return "key" }

type fileFlag Profile

func (f *fileFlag) Set(name string) error {
	f.fileGiven, f.file = true, name
	return nil
}

func (f *fileFlag) String() string { return f.file }

func (*fileFlag) Type() string { return "file" }

type digestFlag Profile

func (f *digestFlag) Set(name string) error {
	digest, err := hmac.ParseDigest(name)
	if err == nil {
		f.digests = []hmac.Digest{digest}
	}
	return err
}

func (f *digestFlag) String() string {
	if len(f.digests) == 0 {
		return ""
	}
	return f.digests[0].String()
}

func (*digestFlag) Type() string { return "digest" }
