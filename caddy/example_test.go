// SPDX-License-Identifier: Apache-2.0

package caddy_test

import (
	"encoding/json"
	"fmt"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/ostrace/ostrace/caddy"
)

// The global option becomes the app. The adapted configuration does not have the
// key.
func ExampleApp() {
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(`{
	ostrace {
		hmac_keys {file./etc/ostrace/hmac_keys}
		share 1%
		per_minute 600
	}
}

https://cloud.example:8774 {
	ostrace "{http.request.method} nova"
	reverse_proxy 10.0.0.1:8774
}
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var config struct {
		Apps struct{ Ostrace json.RawMessage }
	}
	if err := json.Unmarshal(adapted, &config); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", config.Apps.Ostrace)
	// Output: {"hmac_keys":"{file./etc/ostrace/hmac_keys}","policy":{"share":0.01,"per_minute":600}}
}
