{{/* The pod of Server WS: (dict "root" $ "part" "ws" "values" … "slot" 0 "httpPort" 8080 …) */}}
{{- define "waterbus.ws.template" -}}
{{- $root := .root -}}
{{- $values := .values -}}
{{- $media := $values.media -}}
metadata:
  labels:
    {{- include "waterbus.labels" . | nindent 4 }}
    {{- include "waterbus.ws.slotLabel" . | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    {{- include "waterbus.podAnnotations" . | nindent 4 }}
spec:
  {{- include "waterbus.pod" . | nindent 2 }}
  {{- if eq $media.mode "hostNetwork" }}
  hostNetwork: true
  dnsPolicy: ClusterFirstWithHostNet
  {{- end }}
  terminationGracePeriodSeconds: {{ $values.gracePeriodSeconds }}
  containers:
    - {{ include "waterbus.container" . | nindent 6 | trim }}
      envFrom:
        - configMapRef:
            name: {{ include "waterbus.name" $root }}
      env:
        {{- include "waterbus.secretEnvironment" $root | nindent 8 }}
        {{- include "waterbus.ws.environment" . | nindent 8 }}
      ports:
        - name: http
          containerPort: {{ .httpPort }}
        {{- if $root.Values.metrics.enabled }}
        - name: metrics
          containerPort: {{ .metricsPort }}
        {{- end }}
        {{- if ne $media.mode "hostNetwork" }}
        {{- range $worker := until (int $values.workers) }}
        {{- $port := add $.mediaPort $worker }}
        {{- range $protocol := ternary (list "udp" "tcp") (list "udp") $.tcp }}
        - name: media-{{ $protocol }}-{{ $worker }}
          containerPort: {{ $port }}
          {{- if eq $media.mode "hostPort" }}
          hostPort: {{ $port }}
          {{- end }}
          protocol: {{ upper $protocol }}
        {{- end }}
        {{- end }}
        {{- end }}
      {{- include "waterbus.ws.checks" . | nindent 6 }}
{{- end }}

{{/* A pod that drains is alive and not ready. */}}
{{- define "waterbus.ws.checks" -}}
startupProbe:
  {{- include "waterbus.check" (dict "root" .root "path" "/livez") | nindent 2 }}
  periodSeconds: 2
  timeoutSeconds: 2
  # The address of a new load balancer may take minutes.
  failureThreshold: 300
readinessProbe:
  {{- include "waterbus.check" (dict "root" .root "path" "/readyz") | nindent 2 }}
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 2
livenessProbe:
  {{- include "waterbus.check" (dict "root" .root "path" "/livez") | nindent 2 }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
lifecycle:
  preStop:
    sleep:
      seconds: {{ .values.preStopSeconds }}
{{- end }}

{{- define "waterbus.ws.environment" -}}
{{- $media := .values.media -}}
- name: POD_IP
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
- name: HTTP_PORT
  value: {{ .httpPort | quote }}
- name: MEDIA_WORKERS
  value: {{ .values.workers | quote }}
- name: MEDIA_PORT
  value: {{ ternary 0 .mediaPort (eq $media.mode "hostNetwork") | quote }}
- name: MEDIA_TCP
  value: {{ ternary "1" "0" .tcp | quote }}
{{- if .root.Values.metrics.enabled }}
- name: METRICS_HOST
  value: $(POD_IP)
{{- if ne (int .metricsPort) (int .root.Values.metrics.port) }}
- name: METRICS_PORT
  value: {{ .metricsPort | quote }}
{{- end }}
{{- end }}
{{- if eq $media.mode "hostNetwork" }}
# Signalling listens on the node's address in the cluster alone.
- name: LISTEN_ADDRESS
  value: $(POD_IP)
{{- end }}
{{- if has $media.mode (list "hostNetwork" "hostPort") }}
- name: HOST_IP
  valueFrom:
    fieldRef:
      fieldPath: status.hostIP
- name: ANNOUNCED_ADDRESSES
  {{- if kindIs "slice" $media.announce }}
  value: {{ join "," $media.announce | quote }}
  {{- else if eq $media.announce "auto" }}
  value: auto,$(HOST_IP)
  {{- else }}
  value: $(HOST_IP)
  {{- end }}
{{- if and (kindIs "string" $media.announce) (eq (toString $media.announce) "auto") }}
- name: STUN_SERVERS
  value: {{ join "," $media.stunServers | quote }}
{{- end }}
{{- end }}
{{- if eq $media.mode "loadBalancer" }}
- name: POD_INDEX
  valueFrom:
    fieldRef:
      fieldPath: metadata.labels['apps.kubernetes.io/pod-index']
- name: ANNOUNCED_ADDRESSES
  value: {{ $media.loadBalancer.hostname | default (join ";" $media.loadBalancer.addresses) | quote }}
{{- end }}
{{- end }}

{{- define "waterbus.ws.slotLabel" -}}
waterbus/slot: {{ .slot | quote }}
{{- end }}
