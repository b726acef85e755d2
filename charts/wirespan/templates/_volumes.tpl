{{/* Volumes of the agents' pods; the SecurityContextConstraints allow their kinds. Mode 288 is 0440 in octal. */}}
{{- define "wirespan.volumes" -}}
- name: agent-socket
  emptyDir: { medium: Memory, sizeLimit: 1Mi }
{{- if .Values.sensor.ownContainer }}
- name: sensor-socket
  emptyDir: { medium: Memory, sizeLimit: 1Mi }
{{- end }}
{{- if .Values.kubernetes.enabled }}
- name: kubernetes-api
  {{- include "wirespan.tokenVolume" . | nindent 2 }}
{{- end }}
{{- with .Values.otlp.ca }}
{{- if .secretName }}
- name: otlp-ca
  secret: { secretName: {{ .secretName }}, defaultMode: 288 }
{{- else if .configMapName }}
- name: otlp-ca
  configMap: { name: {{ .configMapName }} }
{{- end }}
{{- end }}
{{- with .Values.otlp.clientCertificate.secretName }}
- name: otlp-client
  secret: { secretName: {{ . }}, defaultMode: 288 }
{{- end }}
{{- if .Values.intents.enabled }}
- name: intents
  emptyDir: { sizeLimit: {{ .Values.intents.sizeLimit }} }
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What the kubelet would mount into all containers, for one of them. */}}
{{- define "wirespan.tokenVolume" -}}
projected:
  defaultMode: 288
  sources:
    - serviceAccountToken: { path: token, expirationSeconds: 3600 }
    - configMap:
        name: kube-root-ca.crt
        items: [{ key: ca.crt, path: ca.crt }]
    - downwardAPI:
        items: [{ path: namespace, fieldRef: { fieldPath: metadata.namespace } }]
{{- end -}}
