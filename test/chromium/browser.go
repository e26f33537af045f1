// SPDX-License-Identifier: Apache-2.0

// Package chromium shows pages in Debian's Chromium.
package chromium

import (
	"context"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Program is the browser of Debian's package.
const Program = "/usr/bin/chromium"

// Start starts the browser, with a window of the given size in CSS pixels, and
// returns a context for chromedp's actions. The returned function ends the
// browser, and so does the end of ctx.
func Start(ctx context.Context, width, height int) (context.Context, context.CancelFunc) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(Program),
		chromedp.Flag("headless", "new"),
		chromedp.NoSandbox, // the sandbox doesn't run as root
		chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.WindowSize(width, height),
	)
	allocator, end := chromedp.NewExecAllocator(ctx, options...)
	tab, closeTab := chromedp.NewContext(allocator)
	return tab, func() {
		closeTab()
		end()
	}
}

// Theme sets the colour scheme of pages to "light" or "dark", as a reader's
// system does.
func Theme(theme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
		})
		return err
	})
}
