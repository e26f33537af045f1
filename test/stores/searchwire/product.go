// SPDX-License-Identifier: Apache-2.0

package searchwire

// Product is a version of Elasticsearch or OpenSearch.
type Product struct {
	OpenSearch bool
	Version    string
	// Types says that document types are in paths and answers: Elasticsearch 7
	// and OpenSearch 1 still accept them.
	Types bool
}

// Elasticsearch7 is the product to which OSProfiler's driver can write, with
// the client of Debian 12, which refuses OpenSearch.
var Elasticsearch7 = Product{Version: "7.17.29", Types: true}

// Products has a version of each product that is in use.
var Products = []Product{
	Elasticsearch7,
	{Version: "8.19.7"},
	{Version: "9.2.1"},
	{OpenSearch: true, Version: "1.3.20", Types: true},
	{OpenSearch: true, Version: "2.19.4"},
	{OpenSearch: true, Version: "3.3.2"},
}

func (p Product) String() string {
	if p.OpenSearch {
		return "OpenSearch " + p.Version
	}
	return "Elasticsearch " + p.Version
}

// info is the answer to GET /.
func (p Product) info() object {
	version, tagline := object{"number": p.Version, "build_flavor": "default"}, "You Know, for Search"
	if p.OpenSearch {
		version, tagline = object{"number": p.Version, "distribution": "opensearch"}, "The OpenSearch Project: https://opensearch.org/"
	}
	return object{"name": "test", "cluster_name": "test", "version": version, "tagline": tagline}
}
