// SPDX-License-Identifier: Apache-2.0

// Command caddy is Caddy with its standard modules and the modules of the package
// github.com/ostrace/ostrace/caddy.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/ostrace/ostrace/caddy"
)

func main() { caddycmd.Main() }
