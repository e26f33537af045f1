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

// program is what the commands share.
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

    ostrace list                                 the traces that the store holds
    ostrace show ID                              one as a tree in the terminal
    ostrace show ID --html -o trace.html         as a page for the browser
    ostrace show ID --json                       as osprofiler trace show --json
    ostrace export ID --endpoint http://localhost:4318
                                                 into Jaeger, Tempo, any OTLP back end
    ostrace exec -- COMMAND                      trace a program that nobody changes

ID is what "openstack --os-profile" and the programs of this project print in
the end, as OSProfiler writes it (base_id) or as OpenTelemetry does (trace id).
It can be a file too, which ostrace or "osprofiler trace show --json" wrote; - is
standard input.

The store is what connection_string says in the section [profiler] of the
services' configuration, such as redis://localhost:6379. Without
--connection-string it is the value of ` + connectionStringVariable + `, which
keeps a password out of the list of processes.

The exit status is 0 when all went well, 1 when there is no such trace or no span
in it that matches, and 2 when the command line was wrong or something failed.`,
		Version:       version(),
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.SetIn(s.in)
	command.SetErr(s.err)
	command.PersistentFlags().StringVar(&p.connectionString, "connection-string", "",
		"where the services' points are stored, a `URL` such as redis://localhost:6379 (environment: "+connectionStringVariable+")")
	command.AddCommand(newShowCommand(p), newListCommand(p), newExportCommand(p), newExecCommand(p))
	return command
}

// openStore opens the store that the command line or the environment names.
func (p *program) openStore() (points.Store, error) {
	connectionString := cmp.Or(p.connectionString, os.Getenv(connectionStringVariable))
	if connectionString == "" {
		return nil, errors.New("which store? give --connection-string or set " + connectionStringVariable +
			" to what connection_string says in the section [profiler] of the services, such as redis://localhost:6379")
	}
	return store.Open(connectionString)
}
