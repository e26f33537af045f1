// SPDX-License-Identifier: Apache-2.0

package front

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// The types of the services behind the front, as in the catalog. The name of each host
// is the type below the domain.
var serviceTypes = []string{"identity", "compute", "image", "network", "placement", "volumev3"}

const domain = ".cloud.test"

// address is the address at which the front listens. The services listen at 127.0.0.1.
const address = "127.0.0.2"

const inNamespace = "OSTRACE_TEST_IN_NAMESPACE"

// WithNames calls main in a process that knows the names of the front, and returns its
// exit status. For that it runs the program a second time, in its own mount namespace
// with another /etc/hosts. So nothing has to be undone on the machine. It needs root.
func WithNames(main func() int) (status int) {
	if os.Getenv(inNamespace) == "" {
		return again()
	}
	if err := errors.Join(os.Unsetenv(inNamespace), mountHosts()); err != nil {
		fmt.Fprintf(os.Stderr, "the names of the front could not be added to /etc/hosts: %v\n", err)
		return 1
	}
	return main()
}

func again() (status int) {
	command := exec.Command("/proc/self/exe", os.Args[1:]...) //nolint:gosec // this program
	command.Env = append(os.Environ(), inNamespace+"=yes")
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	err := command.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		fmt.Fprintf(os.Stderr, "a mount namespace could not be made, which needs root: %v\n", err)
		return 1
	}
	return command.ProcessState.ExitCode()
}

func mountHosts() (err error) {
	hosts, err := os.ReadFile("/etc/hosts")
	if err != nil {
		return err
	}
	file, err := os.CreateTemp("", "hosts")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }() // the mount still has the file
	var names strings.Builder
	for _, serviceType := range serviceTypes {
		names.WriteString(" " + serviceType + domain)
	}
	_, err = fmt.Fprintf(file, "%s\n%s%s\n", hosts, address, &names)
	// Programs of all users have to read it.
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	// Without this call, the mount below would be visible outside too.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	return syscall.Mount(file.Name(), "/etc/hosts", "", syscall.MS_BIND, "")
}
