// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal returns the two ends of a terminal of so many columns: what a
// program writes to, and what its user sees.
func openTerminal(t *testing.T, columns uint16) (program, user *os.File) {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { user.Close() })
	if err := unix.IoctlSetPointerInt(int(user.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetUint32(int(user.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(user.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return program, user
}

// A drawing on a terminal has the terminal's width and colours, unless it is told
// otherwise. One in a file has neither.
func TestTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	spans := createserver()
	for name, test := range map[string]struct {
		columns    uint16
		opts, want Options
	}{
		"wide":      {132, Options{}, Options{Width: 132, Color: ColorAlways}},
		"narrow":    {50, Options{}, Options{Width: 50, Color: ColorAlways}},
		"told":      {132, Options{Width: 70, Color: ColorNever}, Options{Width: 70, Color: ColorNever}},
		"sizeless":  {0, Options{}, Options{Width: 80, Color: ColorAlways}},
		"no colour": {100, Options{Color: ColorNever}, Options{Width: 100, Color: ColorNever}},
	} {
		t.Run(name, func(t *testing.T) {
			program, user := openTerminal(t, test.columns)
			want := draw(t, spans, test.want)
			seen := make(chan string, 1)
			go func() {
				text := make([]byte, len(strings.ReplaceAll(want, "\n", "\r\n")))
				n, _ := io.ReadFull(user, text)
				seen <- strings.ReplaceAll(string(text[:n]), "\r\n", "\n")
			}()
			if err := Draw(program, spans, test.opts); err != nil {
				t.Fatal(err)
			}
			if err := program.Close(); err != nil {
				t.Fatal(err)
			}
			if got := <-seen; got != want {
				t.Errorf("got\n%q\nwant\n%q", got, want)
			}
		})
	}
	file, err := os.Create(t.TempDir() + "/drawing")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := Draw(file, spans, Options{}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	if want := draw(t, spans, Options{Width: 80, Color: ColorNever}); string(text) != want {
		t.Errorf("in a file: %q", text)
	}
}
