#!/usr/bin/env bash
# Writes the certificates and kubeconfigs of a cluster: one authority, the API server, its clients, and one kubelet a node.
# Usage: certificates.sh FOLDER SERVER-URL ADDRESS,ADDRESS… NODE…
set -euo pipefail
folder=$1 url=$2 addresses=$3
shift 3
mkdir -p "$folder"
cd "$folder"

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

# certificate NAME SUBJECT EXTENSIONS
certificate() {
  new_key "$1"
  openssl req -new -key "$1.key" -subj "$2" |
    openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile <(printf '%b' "$3") -out "$1.crt" 2>/dev/null
}

# kubeconfig NAME SUBJECT
kubeconfig() {
  certificate "$1" "$2" 'extendedKeyUsage=clientAuth\n'
  cat >"$1.kubeconfig" <<EOF
apiVersion: v1
kind: Config
clusters: [{name: bed, cluster: {server: "$url", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: "$1", user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}}]
contexts: [{name: bed, context: {cluster: bed, user: "$1"}}]
current-context: bed
EOF
}

if [[ ! -e ca.crt ]]; then
  new_key ca
  openssl req -x509 -new -key ca.key -days 30 -subj /CN=bed -out ca.crt
  names=$(printf 'DNS:%s,' localhost kubernetes kubernetes.default{,.svc,.svc.cluster.local})
  certificate apiserver /CN=kube-apiserver "extendedKeyUsage=serverAuth\nsubjectAltName=$names$(sed 's/[^,]*/IP:&/g' <<<"$addresses")\n"
  certificate kubelet-client /O=system:masters/CN=kube-apiserver 'extendedKeyUsage=clientAuth\n'
  new_key service-accounts
  openssl ec -in service-accounts.key -pubout -out service-accounts.pub 2>/dev/null
  kubeconfig admin /O=system:masters/CN=admin
  for part in controller-manager scheduler proxy; do kubeconfig "$part" "/CN=system:kube-$part"; done
fi
for node in "$@"; do kubeconfig "$node" "/O=system:nodes/CN=system:node:$node"; done
