{{/*
Environment of a container, each name once: what the kubelet knows (`base`), then what the user adds (`extra`), which may
refer to it, then what is made of both (`derived`). What the user names replaces ours. `values` is where `extra` stands.
*/}}
{{- define "wirespan.environment" -}}
{{- $names := list -}}
{{- $values := .values -}}
{{- range .extra -}}
{{- if has .name $names -}}{{- fail (printf "%s has %s twice; leave one of them" $values .name) -}}{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- $all := list -}}
{{- range .base -}}{{- if not (has .name $names) -}}{{- $all = append $all . -}}{{- end -}}{{- end -}}
{{- $all = concat $all .extra -}}
{{- range .derived -}}{{- if not (has .name $names) -}}{{- $all = append $all . -}}{{- end -}}{{- end -}}
{{- with $all }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Variables that the kubelet fills in. */}}
{{- define "wirespan.nodeEnvironment" -}}
- name: NODE_NAME
  valueFrom:
    fieldRef: { fieldPath: spec.nodeName }
- name: HOST_IP
  valueFrom:
    fieldRef: { fieldPath: status.hostIP }
{{- end -}}

{{/* Endpoint of the Collector. The default has another port for http/protobuf. */}}
{{- define "wirespan.endpoint" -}}
{{- if and (eq .Values.otlp.protocol "http/protobuf") (eq .Values.otlp.endpoint "http://$(HOST_IP):4317") -}}
http://$(HOST_IP):4318
{{- else -}}
{{- .Values.otlp.endpoint -}}
{{- end -}}
{{- end -}}

{{/* Standard variables of the exporter. Requests to the node and to Services must not go through a proxy. */}}
{{- define "wirespan.otlpEnvironment" -}}
{{- $otlp := .Values.otlp -}}
{{- with include "wirespan.endpoint" . }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ quote . }}
{{- end }}
- name: OTEL_EXPORTER_OTLP_PROTOCOL
  value: {{ $otlp.protocol }}
{{- with $otlp.compression }}
- name: OTEL_EXPORTER_OTLP_COMPRESSION
  value: {{ . }}
{{- end }}
{{- $headers := list }}
{{- range $name, $value := $otlp.headers }}
{{- $headers = append $headers (printf "%s=%s" $name ($value | toString | urlquery | replace "+" "%20")) }}
{{- end }}
{{- with $headers }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  value: {{ join "," . | quote }}
{{- end }}
{{- with $otlp.headersSecret }}
{{- if .name }}
- name: OTEL_EXPORTER_OTLP_TRACES_HEADERS
  valueFrom:
    secretKeyRef: { name: {{ .name }}, key: {{ .key }} }
{{- end }}
{{- end }}
{{- if or $otlp.ca.secretName $otlp.ca.configMapName }}
- name: OTEL_EXPORTER_OTLP_CERTIFICATE
  value: /etc/wirespan/otlp-ca/{{ $otlp.ca.key }}
{{- end }}
{{- with $otlp.clientCertificate }}
{{- if .secretName }}
- name: OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE
  value: /etc/wirespan/otlp-client/{{ .certificateKey }}
- name: OTEL_EXPORTER_OTLP_CLIENT_KEY
  value: /etc/wirespan/otlp-client/{{ .privateKeyKey }}
{{- end }}
{{- end }}
- name: no_grpc_proxy
  value: {{ include "wirespan.noProxy" . | quote }}
{{- end -}}

{{/* The exporter ignores no_proxy if no_grpc_proxy is set, so no_grpc_proxy contains the user's no_proxy. */}}
{{- define "wirespan.noProxy" -}}
{{- $names := list -}}
{{- range .Values.agent.extraEnv -}}{{- $names = append $names .name -}}{{- end -}}
$(HOST_IP),.svc,.svc.{{ .Values.agent.clusterDomain }}{{ if has "no_proxy" $names }},$(no_proxy){{ end }}
{{- end -}}
