// SPDX-License-Identifier: Apache-2.0

// Command picture makes a PNG of an HTML file, as Chromium shows it:
//
//	picture [flags] trace.html picture.png
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ostrace/ostrace/test/chromium"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run() error {
	theme := flag.String("theme", "light", "light or dark")
	width := flag.Int("width", 1280, "of the window, in CSS pixels")
	height := flag.Int("height", 800, "of the window, in CSS pixels")
	query := flag.String("search", "", "search for this text first")
	tab := flag.String("tab", "", "show this in the panel: span, totals, errors or path")
	scale := flag.Float64("scale", 1, "the number of the picture's pixels for one CSS pixel")
	flag.Parse()
	if flag.NArg() != 2 {
		return errors.New("usage: picture [flags] trace.html picture.png")
	}
	path, err := filepath.Abs(flag.Arg(0))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ctx, end := chromium.Start(ctx, *width, *height)
	defer end()
	err = chromedp.Do(ctx,
		chromium.Theme(*theme),
		chromedp.EmulateViewport(int64(*width), int64(*height), chromedp.EmulateScale(*scale)),
		chromedp.Navigate("file://"+path),
		chromedp.WaitVisible(chromedp.CSS(".row")),
	)
	if err == nil && *query != "" {
		err = chromedp.Do(ctx, chromedp.SendKeys(chromedp.ID("query"), *query+"\r"))
	}
	if err == nil && *tab != "" {
		err = chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.getElementById("tab-`+*tab+`").click()`))
	}
	if err != nil {
		return err
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return os.WriteFile(flag.Arg(1), picture, 0o600)
}
