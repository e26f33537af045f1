// SPDX-License-Identifier: Apache-2.0

package packaging_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The Debian package is installed into a folder of its own: the program runs there,
// man finds the pages, and the shells complete its commands. Nothing is left when it
// has been removed.
func TestDebianPackage(t *testing.T) {
	deb, err := filepath.Abs(linuxPackage(t, ".deb", "amd64"))
	if err != nil {
		t.Fatal(err)
	}
	system := t.TempDir()
	for _, folder := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates"} {
		if err := os.MkdirAll(filepath.Join(system, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(system, "var/lib/dpkg/status"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "dpkg", "--root="+system, "--install", deb)

	t.Run("program", func(t *testing.T) {
		command := exec.CommandContext(t.Context(), "/usr/bin/ostrace", "--version")
		command.Dir, command.SysProcAttr = "/", &syscall.SysProcAttr{Chroot: system}
		checkVersion(t, output(t, command))
	})
	share := filepath.Join(system, "usr/share")
	t.Run("man", func(t *testing.T) {
		for page, want := range map[string]string{"ostrace": "ostrace show ID --html -o trace.html", "ostrace-show": "--without-strangers"} {
			command := exec.CommandContext(t.Context(), "man", "--manpath="+filepath.Join(share, "man"), "--warnings", page)
			command.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=100", "MANROFFOPT=")
			if text := output(t, command); !strings.Contains(text, want) {
				t.Errorf("man %s does not say %q:\n%s", page, want, text)
			}
		}
	})
	// The shells ask the program in the path what comes after "ostrace sh".
	environment := append(os.Environ(), "PATH="+filepath.Join(system, "usr/bin")+":"+os.Getenv("PATH"), "XDG_DATA_DIRS="+share, "HOME="+t.TempDir())
	for name, command := range map[string]*exec.Cmd{
		"bash": exec.CommandContext(t.Context(), "bash", "--norc", "-c", `
			. /usr/share/bash-completion/bash_completion
			_completion_loader ostrace || (($? == 124))
			compopt() { :; } # it works only while bash itself completes
			COMP_WORDS=(ostrace sh) COMP_CWORD=1 COMP_LINE="ostrace sh" COMP_POINT=10 COMP_TYPE=9
			__start_ostrace
			printf '%s\n' "${COMPREPLY[@]}"`),
		"fish": exec.CommandContext(t.Context(), "fish", "--no-config", "-c", `
			fish --no-execute $XDG_DATA_DIRS/fish/vendor_completions.d/ostrace.fish
			source $XDG_DATA_DIRS/fish/vendor_completions.d/ostrace.fish
			complete --do-complete "ostrace sh"`),
		"zsh": exec.CommandContext(t.Context(), "zsh", "-f", "-c", `
			zsh -n $XDG_DATA_DIRS/zsh/vendor-completions/_ostrace
			fpath=($XDG_DATA_DIRS/zsh/vendor-completions $fpath)
			autoload -Uz compinit && compinit -u -D
			print -r -- $_comps[ostrace]: $(ostrace __complete sh 2>/dev/null)`),
	} {
		t.Run(name, func(t *testing.T) {
			command.Env = environment
			got := output(t, command)
			if want := "show"; !strings.Contains(got, want) || name == "zsh" && !strings.HasPrefix(got, "_ostrace: ") {
				t.Errorf("it offers %q, want %s", got, want)
			}
		})
	}

	run(t, "dpkg", "--root="+system, "--purge", "ostrace")
	if left, _ := filepath.Glob(filepath.Join(system, "usr", "*")); len(left) > 0 {
		t.Errorf("it has left %v", left)
	}
}

// Lintian has nothing to say, apart from what the package itself explains.
func TestLintian(t *testing.T) {
	if said := run(t, "lintian", "--allow-root", "--fail-on=none", "--tag-display-limit=0", linuxPackage(t, ".deb", "amd64")); said != "" {
		t.Errorf("lintian says:\n%s", said)
	}
}

// The RPM package has the same files, but for Debian's own.
func TestRPMPackage(t *testing.T) {
	rpm := linuxPackage(t, ".rpm", "amd64")
	written := strings.ReplaceAll(strings.Replace(version(t), "-", "~", 1), "-", "_") // 1.0.0~rc.1 is before 1.0.0
	if got, want := run(t, "rpm", "--nosignature", "-qp", "--queryformat", "%{NAME} %{VERSION}-%{RELEASE} %{ARCH} %{LICENSE}", rpm), "ostrace "+written+"-1 x86_64 Apache-2.0"; got != want {
		t.Errorf("rpm calls it %q, want %q", got, want)
	}
	files := run(t, "rpm", "--nosignature", "-qlp", rpm)
	for _, file := range []string{
		"/usr/bin/ostrace", "/usr/share/man/man1/ostrace.1.gz", "/usr/share/bash-completion/completions/ostrace",
		"/usr/share/fish/vendor_completions.d/ostrace.fish", "/usr/share/zsh/site-functions/_ostrace",
		"/usr/share/licenses/ostrace/LICENSE", "/usr/share/doc/ostrace/THIRD-PARTY-NOTICES.txt.gz",
	} {
		if !strings.Contains("\n"+files, "\n"+file+"\n") {
			t.Errorf("it does not have %s:\n%s", file, files)
		}
	}
}
