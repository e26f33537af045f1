// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store"
)

// Config is the configuration of the receiver.
type Config struct {
	// ConnectionString is the option connection_string in the section [profiler]
	// of OpenStack's services: messaging://, or the connection string of a store
	// that the module github.com/ostrace/ostrace/store opens.
	ConnectionString configopaque.String `mapstructure:"connection_string"`

	// TransportURL is the option transport_url of the services, such as
	// rabbit://user:password@host1:5672,user:password@host2:5672/vhost. It is
	// needed for messaging://, and only for that.
	TransportURL configopaque.String `mapstructure:"transport_url"`

	// TLS is the configuration of TLS for messaging://, which the services
	// configure with ssl in [oslo_messaging_rabbit]. Without it the connection is
	// not encrypted. A store takes its configuration of TLS from the options of
	// its connection string.
	TLS configoptional.Optional[configtls.ClientConfig] `mapstructure:"tls"`

	// Queue is the queue of messaging://. The default is profiler.info.
	Queue string `mapstructure:"queue"`

	// Storage is the storage extension that keeps what was read and not yet
	// sent, and how far a store was read. It is needed.
	Storage *component.ID `mapstructure:"storage"`

	// UnfinishedAfter is the time for which the start of a point waits for its
	// stop, counted from its arrival at the receiver. After that its span is
	// sent, marked with the attribute osprofiler.missing. The default is 10
	// minutes.
	UnfinishedAfter time.Duration `mapstructure:"unfinished_after"`

	// PollInterval is the time between two looks at a store. The default is 5
	// seconds.
	PollInterval time.Duration `mapstructure:"poll_interval"`

	_ struct{}
}

const (
	defaultQueue           = "profiler.info"
	defaultUnfinishedAfter = 10 * time.Minute
	defaultPollInterval    = 5 * time.Second
)

func createDefaultConfig() component.Config {
	return &Config{
		Queue:           defaultQueue,
		UnfinishedAfter: defaultUnfinishedAfter,
		PollInterval:    defaultPollInterval,
	}
}

// Validate returns an error that says what is wrong with the configuration. It
// does not show passwords.
func (c *Config) Validate() error {
	var errs []error
	switch {
	case c.ConnectionString == "":
		errs = append(errs, errors.New(`connection_string is missing: set it to that of the services' section [profiler], such as "messaging://" or "redis://host:6379"`))
	case c.readsQueue():
		if strings.TrimSuffix(string(c.ConnectionString), "/") != strings.TrimSuffix(messagingScheme, "/") {
			errs = append(errs, errors.New("connection_string must be messaging:// alone: the host, the user and the password of RabbitMQ stand in transport_url"))
		}
		if c.Queue == "" {
			errs = append(errs, errors.New("queue must not be empty: OSProfiler's queue is "+defaultQueue))
		}
		if c.TransportURL == "" {
			errs = append(errs, errors.New("transport_url is missing: messaging:// needs that of the services, such as rabbit://user:password@host:5672/"))
		} else if _, err := parseTransportURL(string(c.TransportURL)); err != nil {
			errs = append(errs, err)
		}
	default:
		s, err := openStore(string(c.ConnectionString))
		if err != nil {
			errs = append(errs, err)
		} else {
			errs = append(errs, s.Close())
		}
		if c.TransportURL != "" || c.TLS.HasValue() {
			errs = append(errs, errors.New("transport_url and tls are only for messaging://"))
		}
		if c.PollInterval <= 0 {
			errs = append(errs, errors.New("poll_interval must be a time such as 5s"))
		}
	}
	if c.Storage == nil {
		errs = append(errs, errors.New("storage is missing: name a storage extension, such as file_storage, so that nothing is lost when the Collector ends"))
	}
	if c.UnfinishedAfter <= 0 {
		errs = append(errs, errors.New("unfinished_after must be a time such as 10m"))
	}
	return errors.Join(errs...)
}

const messagingScheme = "messaging://"

func (c *Config) readsQueue() bool {
	return strings.HasPrefix(strings.ToLower(string(c.ConnectionString)), messagingScheme)
}

// transport returns the scheme of the connection string, for the metrics of the
// Collector.
func (c *Config) transport() string {
	scheme, _, _ := strings.Cut(string(c.ConnectionString), "://")
	return strings.ToLower(scheme)
}

// openStore opens a store that can be read as it grows.
func openStore(connectionString string) (points.Follower, error) {
	s, err := store.Open(connectionString)
	if err != nil {
		return nil, fmt.Errorf("connection_string: %w", err)
	}
	follower, ok := s.(points.Follower)
	if !ok {
		_ = s.Close()
		return nil, errors.New("connection_string: this store can't be read as it grows")
	}
	return follower, nil
}
