// SPDX-License-Identifier: Apache-2.0

package hmac_test

import (
	"fmt"

	"github.com/ostrace/ostrace/hmac"
)

func Example() {
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	const id = "cd613e30-d8f1-6adf-91b7-584a2265b1f5"
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: id, ParentID: id})
	fmt.Println(hmac.HeaderInfo+":", info)
	fmt.Println(hmac.HeaderHMAC+":", mac)

	// In the service:
	keys, err := hmac.ParseKeys("NEW_KEY, SECRET_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	trace, matched, err := keys.SignedUnpack(info, mac)
	fmt.Println(trace.BaseID, matched == keys[1], err)
	// Output:
	// X-Trace-Info: eyJiYXNlX2lkIjogImNkNjEzZTMwLWQ4ZjEtNmFkZi05MWI3LTU4NGEyMjY1YjFmNSIsICJwYXJlbnRfaWQiOiAiY2Q2MTNlMzAtZDhmMS02YWRmLTkxYjctNTg0YTIyNjViMWY1In0=
	// X-Trace-HMAC: 6db0f48de72dc1fcf2319bc261831cec2eb2be76
	// cd613e30-d8f1-6adf-91b7-584a2265b1f5 true <nil>
}

func ExampleNewKey() {
	_, err := hmac.NewKey("current,previous")
	fmt.Println(err)
	// Output: unusable OSProfiler HMAC key: it holds a comma, at which services split their hmac_keys; give one key of that list
}
