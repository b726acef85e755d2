{{/* Combinations that no schema can refuse: each with one sentence, and what to do. */}}
{{- define "wirespan.check" -}}
{{- if and .Values.intents.enabled (not .Values.graph.enabled) -}}
{{- fail "intents.enabled keeps the agent's graph, and graph.enabled is false; enable both" -}}
{{- end -}}
{{- if and .Values.intents.enabled .Values.intents.port (eq (int .Values.intents.port) (int .Values.health.port)) -}}
{{- fail "intents.port is health.port; choose another one" -}}
{{- end -}}
{{- if and .Values.podMonitor.enabled .Values.serviceMonitor.enabled -}}
{{- fail "podMonitor and serviceMonitor are both enabled, so that each agent would be scraped twice; enable one of them" -}}
{{- end -}}
{{- if and (or .Values.podMonitor.enabled .Values.serviceMonitor.enabled) (eq (int .Values.health.port) 0) -}}
{{- fail "podMonitor and serviceMonitor scrape the health port, and health.port is 0; set a port, or disable them" -}}
{{- end -}}
{{- if and .Values.otlp.ca.secretName .Values.otlp.ca.configMapName -}}
{{- fail "otlp.ca names a Secret and a ConfigMap; leave one of them" -}}
{{- end -}}
{{- if not .Values.sensor.ownContainer -}}
{{- range $name := list "extraArgs" "extraEnv" "envFrom" "extraVolumeMounts" "livenessProbe" -}}
{{- if get $.Values.sensor $name -}}
{{- fail (printf "sensor.%s has no effect where sensor.ownContainer is false; move it to agent.%s" $name $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $values := list "labels" "podLabels" -}}
{{- range $name := list "app.kubernetes.io/name" "app.kubernetes.io/instance" -}}
{{- if hasKey (get $.Values $values) $name -}}
{{- fail (printf "%s sets %s, by which agents find each other and the DaemonSet finds its pods; leave it out" $values $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.resourceQuota.create (not .Values.priorityClassName) -}}
{{- fail "resourceQuota.create admits pods of a priority class; name it in priorityClassName" -}}
{{- end -}}
{{- if and .Values.viewer.create (not .Values.viewer.subjects) -}}
{{- fail "viewer.create binds a Role to people; name them in viewer.subjects" -}}
{{- end -}}
{{- if and .Values.viewer.create (or (not .Values.graph.enabled) (eq (int .Values.health.port) 0)) -}}
{{- fail "viewer.create lets people read /graph of the health port; set graph.enabled and health.port, or leave it false" -}}
{{- end -}}
{{- end -}}
