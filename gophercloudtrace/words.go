package gophercloudtrace

import "strings"

// apiWords are the fixed segments of the paths of OpenStack's APIs: collections,
// members, actions and extensions, and the names of services, under which some
// clouds have all endpoints on one host.
var apiWords = func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq(apiWordList) {
		words[word] = true
	}
	return words
}()

const apiWordList = `
OS-EC2 OS-EP-FILTER OS-FEDERATION OS-INHERIT OS-KSADM OS-OAUTH1 OS-OAUTH2 OS-PKI OS-REVOKE
OS-SIMPLE-CERT OS-TRUST abandon abort accelerator accelerator_requests accept access_rules
access_token access_tokens acl action action_plans actions add_addresses add_bgp_peer
add_external_gateways add_extraroutes add_gateway_network add_prefixes add_router_interface
add_subports address-groups address-scopes addressgroups admin agents aggregates alarming alarms all
allocation_candidates allocations amphorae api application_credentials associate associations
attachments audit_templates audits auth authorize auto-allocated-topology availability-zones
availability_zone_capabilities availability_zone_profiles availability_zones backups
bandwidth_limit_rules baremetal baremetal-introspection bgp-dragents bgp-drinstances bgp-peers
bgp-speakers bgpvpn bgpvpns bios blacklists block-storage block-store boot_device boot_mode
build_info ca cache capabilities capsules cas catalog certificates cgsnapshots chassis cinder claims
clean_tombstones clone clusters clustertemplates compute conductors config configurations connectors
conntrack_helpers consistencygroups console consumers container container-infra containers
credentials cron_triggers data databases datastores default default-security-group-rules
default-types defaults delete_keys delete_series deploy_templates deployables detail details.json
device_profiles devices dhcp-agents dhcp-networks diagnostics disassociate disassociate_all dns
domain domains drivers dscp_marking_rules ec2tokens efficacy_indicators encryption endpoint-groups
endpoint_groups endpoints environment environments event_triggers events executions export-locations
export_locations export_record extensions extra_specs failover federations file files
firewall_groups firewall_policies firewall_rules firmware flavor_capabilities flavorprofiles flavors
floatingip_pools floatingips flow_classifiers functions fwaas get_advertised_routes get_pools
get_subports glance global-default goals group_snapshots group_specs group_types groups health
healthmonitors heartbeat heat history hosts identity identity_providers ikepolicies image images
implies import import_record indicators info inherited_to_projects inject_nmi insert_rule
inspection_rules instance-ha instances introspection inventories inventory ips
ipsec-site-connections ipsecpolicies ironic key-manager keystone l3-agents l3-routers l7policies
label labels lbaas leases limits listeners load-balancer load-balancing loadbalancers local_ips
locations log loggable-resources logical_disk_properties logs lookup maintenance
manageable_snapshots manageable_volumes management mappings member members message messages
messaging metadata metadefs metering metering-label-rules metering-labels methods metric migrations
minimum_bandwidth_rules minimum_packet_rate_rules model mservices nameservers namespaces ndp_proxies
net network network-ip-availabilities network_associations network_segment_ranges networking
networks neutron nodegroups nodes notifications nova object-store objects objectstorage octavia
onboard_network_subnets openstack orchestration orders os-aggregates os-assisted-volume-snapshots
os-availability-zone os-baremetal-nodes os-cells os-console-auth-tokens os-extra_specs
os-flavor-access os-floating-ip-pools os-floating-ips os-hosts os-hypervisors os-instance-actions
os-instance_usage_audit_log os-interface os-keypairs os-migrations os-networks os-quota-class-sets
os-quota-sets os-security-group-rules os-security-groups os-server-external-events os-server-groups
os-server-password os-services os-simple-tenant-usage os-snapshots os-tenant-networks
os-virtual-interfaces os-vol-access os-vol-type-access os-volume-manage os-volume-transfer
os-volume-type-access os-volume_attachments os-volumes os-volumes_boot outputs
packet_rate_limit_rules packet_rate_rules parameters password payload ping placement policies policy
pools port port-forwarding port_associations port_chains port_forwardings port_pair_groups
port_pairs portgroups ports power preferred preview private profile project project-quotas projects
properties protocols providers provision ptrs public purge qos qos-specs qos_policies queries query
queues quota-class-sets quota-sets quotas raid rating rbac-policies recordsets regions
registered_limits remote-consoles remove_addresses remove_bgp_peer remove_external_gateways
remove_extraroutes remove_gateway_network remove_prefixes remove_router_interface remove_rule
remove_subports report request_token reservation reset_status reshaper resize resource
resource-locks resource_classes resource_filters resource_providers resource_types resources restore
reverse revoked role_assignments role_inferences roles root router_associations routers rule-types
rules runbooks runtimeinfo s3tokens saml2 scheduler-stats schemas scoring_engines search
secret-stores secrets secure_boot security-group-rules security-groups security-services segments
self series servers service service-profiles service-providers service_profiles service_providers
service_statuses services sfc shards share share-access-rules share-backups share-group-snapshots
share-group-types share-groups share-networks share-replicas share-servers share-transfers
share_instances share_networks share_servers share_type_access shared shared-file-system shares
sharev2 signal snapshot snapshot-instances snapshots software_configs software_deployments stacks
stage states statistics stats status store stores strategies strings sub_executions subnetpools
subnets subports subscriptions supported swift system taas tags tap_flows tap_mirrors tap_services
targets tasks template template_functions template_versions tenants tlds tokens topology traits
transfer_accepts transfer_requests transport_keys trunks trusts tsdb tsigkeys types unmanage
unprocessed unset_keys update_external_gateways update_keys upgrade uptime url usage usages
user_credentials users utils validate values vendor_passthru versions vif vifs vmedia vmoves volume
volume-transfers volumes volumes_boot volumev2 volumev3 vpn vpnservices websso workbooks workers
workflow workflows zones
`
