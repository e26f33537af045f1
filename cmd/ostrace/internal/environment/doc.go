// SPDX-License-Identifier: Apache-2.0

// Package environment makes the environment in which a program sends its
// requests through a proxy and trusts the proxy's certificate, by the variables
// that Go on Linux, Python (requests, httpx), curl and Node.js 24 and later read.
//
//	HTTPS_PROXY, HTTP_PROXY            the proxy, also in lower case
//	NODE_USE_ENV_PROXY                 makes Node.js read those two
//	SSL_CERT_FILE                      Go, OpenSSL, httpx
//	REQUESTS_CA_BUNDLE                 requests
//	CURL_CA_BUNDLE                     curl, requests
//	NODE_EXTRA_CA_CERTS                Node.js
//	OS_CACERT                          OpenStack's clients
//	OS_CLIENT_CONFIG_FILE              a copy of clouds.yaml that names the bundle, if
//	                                   clouds.yaml names a cacert
//
// The bundle has the proxy's certificate and the certificates that those variables
// named before. If SSL_CERT_FILE was not set, it has the system's roots too.
//
// NO_PROXY keeps only the names of this machine. The proxy itself follows the other
// entries, because the hosts of the cloud are not known before the program runs.
//
// The files are in a folder that only the user can open. On Linux their content is
// in memory, and is gone when this process ends, however it ends.
package environment
