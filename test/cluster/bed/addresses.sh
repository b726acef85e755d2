# Addresses inside a bed, the same in every bed: each has its own network. Sourced.
set -euo pipefail
# The machine that the bed stands for, with the control plane.
api_address=10.99.0.1
api_url=https://$api_address:6443
service_range=10.96.0.0/16,fd00:10:96::/112
api_service_address=10.96.0.1
dns_service_address=10.96.0.10
local_dns_address=169.254.20.10
# Of load balancers and external addresses of Services: the first node announces them.
balancer_range=192.0.2.0/24
# Outside the cluster: 198.51.100.0/24 answers, 203.0.113.0/24 swallows every packet.
outside_addresses="198.51.100.10/32 198.51.100.11/32 198.51.100.20/32 2001:db8:51::10/128"
silent_range=203.0.113.0/24

# Of node I, 1 to 9.
node_address() { echo "10.99.0.1$1"; }
node_address6() { echo "fd00:10:99::1$1"; }
pod_range() { echo "10.244.$1.0/24"; }
pod_range6() { echo "fd00:10:244:$1::/64"; }
