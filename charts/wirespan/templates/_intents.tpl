{{/* Whether the program of this appVersion has the command of the intents container; empty: it has not. */}}
{{- define "wirespan.hasIntents" -}}
{{- end -}}

{{- define "wirespan.intentsContainer" -}}
{{- include "wirespan.containerHead" (dict "root" . "name" "intents") }}
args: [keep, --agent=/run/wirespan-agent/interactions.sock, --folder=/var/lib/wirespan]
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
