{{/* Name of all objects: at most 52 characters, since a DaemonSet's pods have it with 11 more in a label of at most 63. */}}
{{- define "wirespan.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default "wirespan" .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "wirespan.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{/* Of objects without a namespace, so that releases of one name in two namespaces do not meet. */}}
{{- define "wirespan.clusterName" -}}
{{- printf "%s-%s" (include "wirespan.fullname" .) (include "wirespan.namespace" .) -}}
{{- end -}}

{{- define "wirespan.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "wirespan.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/*
Labels that never change and that no value reaches: the DaemonSet selects by them, which cannot be changed, and agents
find each other by the first one.
*/}}
{{- define "wirespan.selectorLabels" -}}
app.kubernetes.io/name: wirespan
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Of all objects. */}}
{{- define "wirespan.labels" -}}
{{- $standard := dict
  "app.kubernetes.io/name" "wirespan"
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
-}}
{{- toYaml (merge $standard .Values.labels) -}}
{{- end -}}

{{/* Of the agents' pods. A new version of the chart alone must not change them, because it would replace the pods. */}}
{{- define "wirespan.podLabels" -}}
{{- $own := include "wirespan.selectorLabels" . | fromYaml -}}
{{- toYaml (merge $own (dict "app.kubernetes.io/version" .Chart.AppVersion) .Values.podLabels .Values.labels) -}}
{{- end -}}

{{/*
Name, namespace, labels and annotations of an object. Takes root, and where they differ: name, namespace, isClusterScoped,
labels (more of them), appName (instead of wirespan, for objects that are not agents), annotations (more of them).
*/}}
{{- define "wirespan.metadata" -}}
name: {{ default (include "wirespan.fullname" .root) .name }}
{{- if not .isClusterScoped }}
namespace: {{ default (include "wirespan.namespace" .root) .namespace }}
{{- end }}
labels:
  {{- $labels := include "wirespan.labels" .root | fromYaml }}
  {{- with .appName }}{{ $labels = set $labels "app.kubernetes.io/name" . }}{{ end }}
  {{- toYaml (merge $labels (default dict .labels)) | nindent 2 }}
{{- with merge (dict) (default dict .annotations) .root.Values.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "wirespan.image" -}}
{{- $registry := default .Values.image.registry .Values.global.imageRegistry -}}
{{- $repository := ternary (printf "%s/%s" $registry .Values.image.repository) .Values.image.repository (ne $registry "") -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* Secrets to pull with, from strings and objects, each once. */}}
{{- define "wirespan.imagePullSecrets" -}}
{{- $names := list -}}
{{- range concat .Values.global.imagePullSecrets .Values.image.pullSecrets -}}
{{- $names = append $names (ternary . (get (ternary dict . (kindIs "string" .)) "name") (kindIs "string" .)) -}}
{{- end -}}
{{- with uniq $names }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}
