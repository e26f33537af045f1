insert into agents (id, agent_type, `binary`, topic, host, admin_state_up, created_at, started_at,
  heartbeat_timestamp, configurations, `load`, resources_synced)
values ('00000000-0000-4000-8000-000000000001', 'Open vSwitch agent', 'neutron-openvswitch-agent',
  'N/A', 'ostrace', 1, utc_timestamp(), utc_timestamp(), '2099-01-01', '{}', 0, null);
