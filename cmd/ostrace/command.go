// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store"
)

const connectionStringVariable = "OSPROFILER_CONNECTION_STRING"

// program has the state that the commands share.
type program struct {
	streams
	connectionString string
}

func newCommand(s streams) *cobra.Command {
	p := &program{streams: s}
	command := &cobra.Command{
		Use:   "ostrace",
		Short: "Show and export the traces that OSProfiler stored",
		Long: `Show and export the traces that OSProfiler stored.

    ostrace list                          lists the traces in the store
    ostrace show ID                       shows a trace as a tree in the terminal
    ostrace show ID --html -o trace.html  writes it as a page for the browser
    ostrace show ID --json                prints it like osprofiler trace show --json
    ostrace stats --since 1h              adds up SQL statements, routes and services
    ostrace diff BEFORE AFTER             names what changed between two traces
    ostrace export ID --endpoint http://localhost:4318
                                          sends it to Jaeger, Tempo or any OTLP back end
    ostrace exec -- COMMAND               runs a program, and traces its requests to the cloud
    ostrace doctor                        finds out what is wrong with the tracing of a cloud

"openstack --os-profile" and the programs of this project print the ID at their
end. It can be written as OSProfiler's base_id, as OpenTelemetry's trace id, as the
request id that was made of it (req-…), as a traceparent, or as the short id of 64
bits. The beginning of an id is enough if no other trace has it. A file that ostrace
or "osprofiler trace show --json" wrote can be given instead, and - means standard
input.

Give the store as the services' configuration has it, in the option
connection_string of the section [profiler], such as redis://localhost:6379.
Without --connection-string, ostrace reads the environment variable
` + connectionStringVariable + `, which keeps a password out of the list
of processes.

The exit status is 0 when everything went well, 1 when there is no such trace, no
span in it matches, or doctor found a problem, and 2 when the command line was wrong
or something failed.`,
		Version:       version(),
		Args:          noCommand,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.SetIn(s.in)
	command.SetErr(s.err)
	command.SetFlagErrorFunc(flagError)
	command.PersistentFlags().StringVar(&p.connectionString, "connection-string", "",
		"where the services' points are stored, a `URL` such as redis://localhost:6379 (environment: "+connectionStringVariable+")")
	command.AddCommand(newShowCommand(p), newListCommand(p), newStatsCommand(p), newDiffCommand(p), newExportCommand(p), newExecCommand(p), newDoctorCommand(p))
	return command
}

// storeNamed reports whether the command line or the environment names a store.
func (p *program) storeNamed() bool {
	return p.connectionString != "" || os.Getenv(connectionStringVariable) != ""
}

// openStore opens the store that the command line or the environment names.
func (p *program) openStore() (points.Store, error) {
	connectionString := cmp.Or(p.connectionString, os.Getenv(connectionStringVariable))
	if !p.storeNamed() {
		return nil, errors.New("which store? give --connection-string or set " + connectionStringVariable +
			" to the connection_string in the section [profiler] of the services, such as redis://localhost:6379")
	}
	return store.Open(connectionString)
}
