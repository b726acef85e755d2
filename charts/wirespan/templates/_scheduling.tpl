{{/* The user's affinity; nodes that can run no DaemonSet are excluded from each of its terms, or by a term of our own. */}}
{{- define "wirespan.affinity" -}}
{{- $affinity := deepCopy .Values.affinity -}}
{{- if .Values.avoidVirtualNodes -}}
{{- $ours := list
  (dict "key" "eks.amazonaws.com/compute-type" "operator" "NotIn" "values" (list "fargate"))
  (dict "key" "type" "operator" "NotIn" "values" (list "virtual-kubelet"))
-}}
{{- $nodeAffinity := get $affinity "nodeAffinity" | default dict -}}
{{- $required := get $nodeAffinity "requiredDuringSchedulingIgnoredDuringExecution" | default dict -}}
{{- $terms := list -}}
{{- range get $required "nodeSelectorTerms" | default (list dict) -}}
{{- $expressions := get . "matchExpressions" | default list -}}
{{- $keys := list -}}
{{- range $expressions -}}{{- $keys = append $keys .key -}}{{- end -}}
{{- range $ours -}}{{- if not (has .key $keys) -}}{{- $expressions = append $expressions . -}}{{- end -}}{{- end -}}
{{- $terms = append $terms (merge (dict "matchExpressions" $expressions) .) -}}
{{- end -}}
{{- $nodeAffinity = merge (dict "requiredDuringSchedulingIgnoredDuringExecution" (dict "nodeSelectorTerms" $terms)) $nodeAffinity -}}
{{- $affinity = merge (dict "nodeAffinity" $nodeAffinity) $affinity -}}
{{- end -}}
{{- with $affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
