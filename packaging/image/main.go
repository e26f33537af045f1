// SPDX-License-Identifier: Apache-2.0

// Image writes the OCI image of a release, as an OCI layout: the programs for Linux
// that GoReleaser has built, one for each architecture, and the root certificates of
// Mozilla. It runs in the root folder of the repository.
//
//	image -dist bin/dist -output bin/dist/image
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func main() {
	dist := flag.String("dist", "bin/dist", "the `folder` of GoReleaser")
	output := flag.String("output", "bin/dist/image", "the `folder` of the OCI layout, which must not exist")
	flag.Parse()
	digest, err := run(*dist, *output)
	if err != nil {
		fmt.Fprintf(os.Stderr, "image: %v\n", err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stderr, "%s has the image %s\n", *output, digest)
}

func run(dist, output string) (v1.Hash, error) {
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("SOURCE_DATE_EPOCH must be the time of the commit, in seconds since 1970: %w", err)
	}
	r, err := readRelease(dist)
	if err != nil {
		return v1.Hash{}, err
	}
	index, err := newIndex(r, time.Unix(seconds, 0).UTC())
	if err != nil {
		return v1.Hash{}, err
	}
	if err := os.Mkdir(output, 0o755); err != nil { //nolint:gosec // everyone may read it
		return v1.Hash{}, err
	}
	path, err := layout.Write(output, empty.Index)
	if err != nil {
		return v1.Hash{}, err
	}
	if err := path.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": r.Version})); err != nil {
		return v1.Hash{}, err
	}
	return index.Digest()
}

// newIndex returns the images of all architectures.
func newIndex(r *release, at time.Time) (v1.ImageIndex, error) {
	shared, err := sharedLayer(at)
	if err != nil {
		return nil, err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range r.programs {
		image, err := newImage(r, p, shared, at)
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        image,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: p.Goarch}},
		})
	}
	return mutate.Annotations(index, r.labels(at)).(v1.ImageIndex), nil
}

// newImage returns the image of one architecture.
func newImage(r *release, p program, shared v1.Layer, at time.Time) (v1.Image, error) {
	own, err := programLayer(p, at)
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.Append(image,
		mutate.Addendum{Layer: shared, History: v1.History{Created: v1.Time{Time: at}, Comment: "root certificates, users and licences"}},
		mutate.Addendum{Layer: own, History: v1.History{Created: v1.Time{Time: at}, Comment: "the program"}},
	)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", p.Goarch, v1.Time{Time: at}
	config.Config = v1.Config{
		User:       strconv.Itoa(user) + ":" + strconv.Itoa(user),
		Entrypoint: []string{"/" + programFile},
		Env:        []string{"PATH=/usr/bin", "HOME=/" + home},
		WorkingDir: "/" + home,
		Labels:     r.labels(at),
	}
	image, err = mutate.ConfigFile(image, config)
	if err != nil {
		return nil, err
	}
	return mutate.Annotations(image, r.labels(at)).(v1.Image), nil
}
