{{/* A variable from a secret: (list NAME (dict "name" … "key" …)) */}}
{{- define "waterbus.secretVariable" -}}
{{- $reference := index . 1 -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ $reference.name }}
      key: {{ $reference.key }}
{{- end }}

{{/* Variables of both parts that are secrets, or made of secrets. */}}
{{- define "waterbus.secretEnvironment" -}}
{{ include "waterbus.secretVariable" (list "SECRET" .Values.secret) }}
{{- with .Values.redis }}
{{- if .url.name }}
{{ include "waterbus.secretVariable" (list "REDIS_URL" .url) }}
{{- else if or .sentinels .clusterNodes }}
{{- if .password.name }}
{{ include "waterbus.secretVariable" (list "REDIS_PASSWORD" .password) }}
{{- end }}
{{- if and .sentinels .sentinelPassword.name }}
{{ include "waterbus.secretVariable" (list "REDIS_SENTINEL_PASSWORD" .sentinelPassword) }}
{{- end }}
{{- else }}
{{- if .password.name }}
{{ include "waterbus.secretVariable" (list "PASSWORD_OF_REDIS" .password) }}
{{- end }}
- name: REDIS_URL
  value: {{ printf "%s://%s%s:%v" (ternary "rediss" "redis" .tls) (ternary ":$(PASSWORD_OF_REDIS)@" "" (ne .password.name "")) .host .port | quote }}
{{- end }}
{{- end }}
{{- range $name, $reference := .Values.secretSettings }}
{{ include "waterbus.secretVariable" (list $name $reference) }}
{{- end }}
{{- end }}

{{- define "waterbus.databaseEnvironment" -}}
{{- with .Values.database }}
{{- if .url.name }}
{{ include "waterbus.secretVariable" (list "DATABASE_URL" .url) }}
{{- else }}
{{ include "waterbus.secretVariable" (list "PASSWORD_OF_DATABASE" .password) }}
- name: DATABASE_URL
  value: {{ printf "postgres://%s:$(PASSWORD_OF_DATABASE)@%s:%v/%s" .user .host .port .name | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Settings of both parts, in a ConfigMap. */}}
{{- define "waterbus.settings" -}}
PUBLIC_URL: {{ .Values.publicUrl | quote }}
{{- with .Values.trustedProxies }}
TRUSTED_PROXIES: {{ join "," . | quote }}
{{- end }}
{{- with .Values.redis }}
{{- if not .url.name }}
{{- with .sentinels }}
REDIS_SENTINELS: {{ join "," . | quote }}
REDIS_SENTINEL_NAME: {{ $.Values.redis.sentinelName | quote }}
{{- end }}
{{- with .clusterNodes }}
REDIS_CLUSTER_NODES: {{ join "," . | quote }}
{{- end }}
{{- if and .tls (or .sentinels .clusterNodes) }}
REDIS_TLS: "1"
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.tls.secret }}
TLS_CERT: /etc/waterbus/tls/tls.crt
TLS_KEY: /etc/waterbus/tls/tls.key
{{- end }}
{{- if .Values.metrics.enabled }}
METRICS_PORT: {{ .Values.metrics.port | quote }}
{{- end }}
{{- if include "waterbus.turn" . }}
TURN_URLS: {{ printf "turns:%s:%v?transport=tcp" .Values.ws.media.turn.host .Values.ws.media.turn.port | quote }}
{{- end }}
{{- range $name, $value := .Values.settings }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}
