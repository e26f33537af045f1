// SPDX-License-Identifier: Apache-2.0

// Package environment makes the environment in which a program sends its
// requests through a proxy and trusts the proxy's certificate, by the variables
// that Go on Linux, Python (requests, httpx), curl and Node.js 24 and later read.
//
//	HTTPS_PROXY, HTTP_PROXY            the proxy, also in lower case
//	NODE_USE_ENV_PROXY                 has Node.js read those two
//	SSL_CERT_FILE                      Go, OpenSSL, httpx
//	REQUESTS_CA_BUNDLE                 requests
//	CURL_CA_BUNDLE                     curl, requests
//	NODE_EXTRA_CA_CERTS                Node.js
//	OS_CACERT                          OpenStack's clients
//	OS_CLIENT_CONFIG_FILE              where clouds.yaml names a cacert, a copy that
//	                                   names the bundle
//
// The bundle of certificates has what those variables named before, or else the
// roots of the system, and the proxy's.
//
// NO_PROXY keeps only this machine's own names, as the proxy itself is to heed
// the rest: which hosts are the cloud's is not known before the program runs.
//
// What is written lies in a folder that only the user can open. On Linux the
// content of its files is in memory, and ends with this process however it ends.
package environment
