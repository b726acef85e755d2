{{/* Reads the agent's graph over its socket, as its user. */}}
{{- define "wirespan.intentsContainer" -}}
{{- include "wirespan.containerHead" (dict "root" . "name" "intents") }}
args:
  - keep
  - --agent=unix:/run/wirespan-agent/health.sock
  - --folder=/var/lib/wirespan
  - --every={{ .Values.intents.every }}
  {{- if gt (int .Values.intents.port) 0 }}
  - --listen=127.0.0.1:{{ .Values.intents.port }}
  {{- end }}
{{- with .Values.intents.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "wirespan.securityContext" (dict "user" .Values.agent.securityContext.runAsUser "group" .Values.agent.securityContext.runAsGroup) | nindent 2 }}
volumeMounts:
  - name: agent-socket
    mountPath: /run/wirespan-agent
  - name: intents
    mountPath: /var/lib/wirespan
{{- end -}}
