{{/* Warnings for the notes, one per line. Only the notes read the cluster; no object depends on it. */}}
{{- define "wirespan.warnings" -}}
{{- include "wirespan.clusterWarnings" . -}}
{{- $names := list -}}
{{- range .Values.agent.extraEnv -}}{{- $names = append $names .name -}}{{- end -}}
{{- $named := or .Values.otlp.endpoint .Values.agent.envFrom (has "OTEL_EXPORTER_OTLP_ENDPOINT" $names) (has "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" $names) }}
{{- if not $named }}
- otlp.endpoint is empty, so that pairs go to localhost:4317 of each node. Set it to your Collector.
{{- end }}
{{- range $name := ternary (list "sensor" "agent") (list "agent") .Values.sensor.ownContainer }}
{{- $resources := (get $.Values $name).resources | default dict }}
{{- if not (and $resources.requests (get ($resources.limits | default dict) "memory")) }}
- {{ $name }}.resources has no requests or no limit of memory: the pod is evicted first, or can use up the node's memory.
{{- end }}
{{- if get ($resources.limits | default dict) "cpu" }}
- {{ $name }}.resources limits the CPU: a throttled container loses packets. Remove the limit.
{{- end }}
{{- end }}
{{- if and (ge (int .Values.health.port) 30000) (le (int .Values.health.port) 60999) }}
- health.port {{ .Values.health.port }} is in the range of NodePorts and outgoing connections. Choose a port below 30000.
{{- end }}
{{- if and .Values.kubernetes.enabled (not .Values.rbac.create) }}
- rbac.create is false: bind the rules of files/cluster-role.yaml to service account {{ include "wirespan.serviceAccountName" . }} yourself.
{{- end }}
{{- end -}}

{{- define "wirespan.clusterWarnings" -}}
{{- if and .Values.notes.readCluster .Values.rbac.create .Values.kubernetes.enabled }}
{{- $namespace := include "wirespan.namespace" . }}
{{- with lookup "v1" "Namespace" "" $namespace }}
{{- $enforced := get (.metadata.labels | default dict) "pod-security.kubernetes.io/enforce" }}
{{- if ne "privileged" (toString $enforced) }}
- Namespace {{ $namespace }} {{ if $enforced }}enforces PodSecurity {{ $enforced }}: no pod will start{{ else }}has no PodSecurity label: no pod will start where the cluster enforces baseline or restricted{{ end }}, and only events say so. Run
    kubectl label namespace {{ $namespace }} pod-security.kubernetes.io/enforce=privileged --overwrite
{{- end }}
{{- end }}
{{- range (lookup "apps/v1" "DaemonSet" "" "").items }}
{{- $labels := .metadata.labels | default dict }}
{{- $isAgent := eq "wirespan" (toString (get $labels "app.kubernetes.io/name")) }}
{{- $isOurs := and (eq $.Release.Name (toString (get $labels "app.kubernetes.io/instance"))) (eq $namespace .metadata.namespace) }}
{{- if and $isAgent (not $isOurs) }}
- DaemonSet {{ .metadata.namespace }}/{{ .metadata.name }} is a second wirespan in this cluster: nodes with both report each connection twice. Uninstall one of them.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
