// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// clouds is the clouds.yaml that OpenStack's clients would read. If there is no such
// file, or it is not YAML, it is the zero value. The clients report these errors
// themselves.
type clouds struct {
	path     string
	document yaml.Node
	cacerts  []*yaml.Node // the values
	home     string
}

// readClouds finds the file as openstacksdk and gophercloud do.
func readClouds(environ []string) *clouds {
	home := lookup(environ, homeVariable)
	for _, path := range cloudsFiles(environ, home) {
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		c := &clouds{path: path, home: home}
		if yaml.Unmarshal(content, &c.document) != nil {
			return &clouds{}
		}
		c.find(&c.document)
		return c
	}
	return &clouds{}
}

func cloudsFiles(environ []string, home string) []string {
	if file := lookup(environ, "OS_CLIENT_CONFIG_FILE"); file != "" {
		return []string{file}
	}
	config := lookup(environ, "XDG_CONFIG_HOME")
	if config == "" {
		config = filepath.Join(home, ".config")
	}
	folders := append([]string{"."}, ownFolders(environ, home)...)
	var files []string
	for _, folder := range append(folders, filepath.Join(config, "openstack"), "/etc/openstack") {
		for _, name := range []string{"clouds.yaml", "clouds.yml", "clouds.json"} {
			files = append(files, filepath.Join(folder, name))
		}
	}
	return files
}

// find collects the values of every cacert, wherever anchors and merge keys have
// put it.
func (c *clouds) find(node *yaml.Node) {
	if node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			if value.Kind == yaml.AliasNode {
				value = value.Alias
			}
			if key.Value == "cacert" && value.Kind == yaml.ScalarNode && value.Value != "" && value.Tag != "!!null" {
				c.cacerts = append(c.cacerts, value)
			}
		}
	}
	for _, child := range node.Content {
		c.find(child)
	}
}

// certificates returns the files that the cacerts name.
func (c *clouds) certificates() []string {
	files := make([]string, 0, len(c.cacerts))
	for _, value := range c.cacerts {
		file := value.Value
		if rest, ok := strings.CutPrefix(file, "~/"); ok {
			file = filepath.Join(c.home, rest)
		}
		files = append(files, file)
	}
	return files
}

// withBundle returns the content of the file, in which bundle replaces each cacert
// that can be read. It returns nil if there is no such cacert.
func (c *clouds) withBundle(bundle string) ([]byte, error) {
	changed := false
	for i, file := range c.certificates() {
		if _, err := os.Stat(file); err == nil {
			c.cacerts[i].Value, c.cacerts[i].Tag, c.cacerts[i].Style = bundle, "!!str", yaml.DoubleQuotedStyle
			changed = true
		}
	}
	if !changed {
		return nil, nil
	}
	return yaml.Marshal(&c.document)
}
