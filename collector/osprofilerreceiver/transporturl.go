// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"cmp"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// broker is one host of a transport URL.
type broker struct {
	address        string // host:port
	user, password string
	vhost          string
}

// parseTransportURL reads a transport URL of oslo.messaging:
//
//	rabbit://user:password@host:port[,userN:passwordN@hostN:portN]/vhost
//
// As in oslo.messaging, each host has its own user and password, which are
// percent-encoded (oslo_messaging/transport.py, TransportURL.parse). kombu's
// defaults are guest, guest, 5672 and the virtual host /. Errors show nothing of
// the URL, because any part of a mistyped URL can be a password.
func parseTransportURL(text string) ([]broker, error) {
	rest, found := strings.CutPrefix(text, "rabbit://")
	if !found {
		return nil, errors.New("transport_url must begin with rabbit://, because only RabbitMQ can be read")
	}
	if rest, _, found = strings.Cut(rest, "?"); found {
		return nil, errors.New("transport_url must not have options behind a question mark: use tls in the place of ssl, and write a ? in a password as %3F")
	}
	authority, vhost, _ := strings.Cut(rest, "/")
	vhost, err := url.PathUnescape(vhost)
	if err != nil || strings.Contains(vhost, "@") {
		return nil, errors.New("transport_url: a / or % in a password must be written as %2F or %25")
	}
	var brokers []broker
	for host := range strings.SplitSeq(authority, ",") {
		b := broker{user: "guest", password: "guest", vhost: cmp.Or(vhost, "/")}
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			user, password, _ := strings.Cut(host[:at], ":")
			var errUser, errPassword error
			b.user, errUser = url.PathUnescape(user)
			b.password, errPassword = url.PathUnescape(password)
			if errUser != nil || errPassword != nil {
				return nil, errors.New("transport_url: a % in a user or a password must be written as %25")
			}
			host = host[at+1:]
		}
		if b.address, err = addressOf(host); err != nil {
			return nil, err
		}
		brokers = append(brokers, b)
	}
	return brokers, nil
}

// addressOf returns the host and the port of a host with or without a port.
func addressOf(host string) (string, error) {
	name, port := host, "5672"
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		name, port = host[:colon], host[colon+1:]
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return "", errors.New("transport_url: a port is not a number from 1 to 65535, or a : or , in a password is not written as %3A or %2C")
	}
	if name == "" {
		return "", errors.New("transport_url: a host is missing; it must be like rabbit://user:password@host:5672/")
	}
	return net.JoinHostPort(name, port), nil
}
