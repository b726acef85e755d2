{{/* No rights except `capabilities`. Takes user, group, capabilities. */}}
{{- define "wirespan.securityContext" -}}
runAsUser: {{ .user }}
runAsGroup: {{ .group }}
runAsNonRoot: {{ ne (int .user) 0 }}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
seccompProfile:
  type: RuntimeDefault
capabilities:
  drop: [ALL]
  {{- with .capabilities }}
  add: {{ toJson . }}
  {{- end }}
{{- end -}}

{{/* Takes root and the name of the container. */}}
{{- define "wirespan.containerHead" -}}
name: {{ .name }}
image: {{ include "wirespan.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
terminationMessagePolicy: FallbackToLogsOnError
{{- end -}}

{{- define "wirespan.sensorContainer" -}}
{{- $sensor := .Values.sensor -}}
{{- include "wirespan.containerHead" (dict "root" . "name" "sensor") }}
args:
  - sensor
  - --socket=/run/wirespan/sensor.sock
  {{- include "wirespan.captureArgs" . | nindent 2 }}
  {{- range $sensor.extraArgs }}
  - {{ quote . }}
  {{- end }}
{{- include "wirespan.environment" (dict "base" list "extra" $sensor.extraEnv "derived" list "values" "sensor.extraEnv") }}
{{- with $sensor.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $sensor.livenessProbe }}
livenessProbe:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $sensor.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "wirespan.securityContext" (dict "user" $sensor.securityContext.runAsUser "group" $sensor.securityContext.runAsGroup "capabilities" (list "NET_RAW")) | nindent 2 }}
volumeMounts:
  - name: sensor-socket
    mountPath: /run/wirespan
  {{- with $sensor.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* With the sensor in it, it has the sensor's user and capability. */}}
{{- define "wirespan.agentContainer" -}}
{{- $agent := .Values.agent -}}
{{- $own := .Values.sensor.ownContainer -}}
{{- $identity := ternary $agent.securityContext .Values.sensor.securityContext $own -}}
{{- $base := include "wirespan.nodeEnvironment" . | fromYamlArray -}}
{{- $derived := include "wirespan.otlpEnvironment" . | fromYamlArray -}}
{{- include "wirespan.containerHead" (dict "root" . "name" "agent") }}
args:
  - agent
  {{- if $own }}
  - --sensor=/run/wirespan/sensor.sock
  {{- else }}
  - --device={{ .Values.sensor.device }}
  {{- end }}
  {{- include "wirespan.agentArgs" . | nindent 2 }}
{{- include "wirespan.environment" (dict "base" $base "extra" $agent.extraEnv "derived" $derived "values" "agent.extraEnv") }}
{{- with $agent.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if gt (int .Values.health.port) 0 }}
ports:
  - name: health
    containerPort: {{ .Values.health.port }}
    protocol: TCP
{{- end }}
{{- range $name, $path := dict "startupProbe" "livez" "livenessProbe" "livez" "readinessProbe" "readyz" }}
{{- with get $agent $name }}
{{ $name }}:
  {{- if not (or .exec .httpGet .tcpSocket .grpc) }}
  exec:
    command: [wirespan, probe, --socket=/run/wirespan-agent/health.sock, {{ $path }}]
  {{- end }}
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with $agent.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "wirespan.securityContext" (dict "user" $identity.runAsUser "group" $identity.runAsGroup "capabilities" (ternary list (list "NET_RAW") $own)) | nindent 2 }}
volumeMounts:
  - name: agent-socket
    mountPath: /run/wirespan-agent
  {{- if $own }}
  - name: sensor-socket
    mountPath: /run/wirespan
  {{- end }}
  {{- if .Values.kubernetes.enabled }}
  - name: kubernetes-api
    mountPath: /var/run/secrets/kubernetes.io/serviceaccount
    readOnly: true
  {{- end }}
  {{- if or .Values.otlp.ca.secretName .Values.otlp.ca.configMapName }}
  - name: otlp-ca
    mountPath: /etc/wirespan/otlp-ca
    readOnly: true
  {{- end }}
  {{- if .Values.otlp.clientCertificate.secretName }}
  - name: otlp-client
    mountPath: /etc/wirespan/otlp-client
    readOnly: true
  {{- end }}
  {{- with $agent.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
