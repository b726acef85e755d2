{{/* What of the wire is read; sensor and agent must agree. */}}
{{- define "wirespan.captureArgs" -}}
- --device={{ .Values.sensor.device }}
{{- include "wirespan.dnsArgs" . }}
{{- end -}}

{{- define "wirespan.dnsArgs" }}
{{- range .Values.sensor.dnsPorts }}
- --dns-port={{ int . }}
{{- end }}
{{- end -}}

{{/* Whether the graph needs a listener of its own: a port-forward arrives at 127.0.0.1. */}}
{{- define "wirespan.needsLoopback" -}}
{{- $address := .Values.health.address -}}
{{- if and .Values.graph.enabled $address (not (hasPrefix "127." $address)) (not (has $address (list "::1" "::" "0.0.0.0"))) -}}
true
{{- end -}}
{{- end -}}

{{- define "wirespan.agentArgs" -}}
{{- $agent := .Values.agent -}}
- --listen=unix:/run/wirespan-agent/health.sock
{{- if gt (int .Values.health.port) 0 }}
- --listen={{ with .Values.health.address }}[{{ . }}]{{ end }}:{{ .Values.health.port }}
{{- if include "wirespan.needsLoopback" . }}
- --listen=127.0.0.1:{{ .Values.health.port }}
{{- end }}
{{- end }}
{{- if not .Values.graph.enabled }}
- --no-graph
{{- end }}
{{- include "wirespan.dnsArgs" . }}
- --cluster-domain={{ $agent.clusterDomain }}
{{- if .Values.kubernetes.enabled }}
- --watch-pods={{ $agent.watchPods }}
{{- else }}
- --no-kubernetes
{{- end }}
{{- if $agent.preferLabels }}
- --prefer-labels
{{- end }}
{{- if $agent.keepNodes }}
- --keep-nodes
{{- end }}
{{- if $agent.keepInstrumented }}
- --keep-instrumented
{{- end }}
{{- with $agent.aggregateFor }}
- --aggregate-for={{ . }}
{{- end }}
{{- if gt (int $agent.maxPairsPerEdge) 0 }}
- --max-pairs-per-edge={{ int $agent.maxPairsPerEdge }}
{{- end }}
{{- range $agent.externalCidrs }}
- {{ printf "--external-cidr=%s=%s" .cidr .name | quote }}
{{- end }}
{{- range $agent.extraArgs }}
- {{ quote . }}
{{- end }}
{{- end -}}
