// SPDX-License-Identifier: Apache-2.0

package packaging_test

import (
	"debug/buildinfo"
	"os"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// The SBOM of each program lists the modules that are in the program, and no others.
func TestSBOMs(t *testing.T) {
	programs := map[string]artifact{}
	for _, a := range artifacts(t, "Binary", platforms) {
		programs[a.Goos+"_"+a.Goarch] = a
	}
	for _, a := range artifacts(t, "SBOM", platforms) {
		t.Run(a.Name, func(t *testing.T) {
			platform := strings.TrimSuffix(strings.TrimPrefix(a.Name, "ostrace_"+version(t)+"_"), ".cdx.json")
			info, err := buildinfo.ReadFile(programs[platform].Path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(a.Path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var bom cdx.BOM
			if err := cdx.NewBOMDecoder(f, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
				t.Fatal(err)
			}
			if bom.Metadata == nil || bom.Metadata.Component == nil || bom.Components == nil {
				t.Fatal("it has no component for the program, or no components at all")
			}
			if main := bom.Metadata.Component; main.Name != info.Main.Path || main.Version != info.Main.Version {
				t.Errorf("it is of %s %s, want %s %s", main.Name, main.Version, info.Main.Path, info.Main.Version)
			}
			if bom.SerialNumber != "" {
				t.Errorf("it has the serial number %s", bom.SerialNumber)
			}
			listed := map[string]string{}
			for _, c := range *bom.Components {
				listed[c.Name] = c.Version
			}
			if got := listed["std"]; got != info.GoVersion {
				t.Errorf("Go's version is %s in it, want %s", got, info.GoVersion)
			}
			delete(listed, "std")
			for _, module := range info.Deps {
				if listed[module.Path] != module.Version {
					t.Errorf("the version of %s is %q in it, want %s", module.Path, listed[module.Path], module.Version)
				}
				delete(listed, module.Path)
			}
			if len(listed) > 0 {
				t.Errorf("it lists modules that the program does not have: %v", listed)
			}
		})
	}
}
