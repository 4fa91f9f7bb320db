{{- define "waterbus.name" -}}
{{- if contains "waterbus" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-waterbus" (.Release.Name | trunc 31 | trimSuffix "-") }}{{ end -}}
{{- end }}

{{/* Labels that select the pods of one part: (dict "root" $ "part" "ws") */}}
{{- define "waterbus.selector" -}}
app.kubernetes.io/name: waterbus
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "waterbus.labels" -}}
{{ include "waterbus.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "waterbus.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end }}

{{- define "waterbus.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "waterbus.name" .) }}
{{- end }}

{{- define "waterbus.host" -}}
{{ (urlParse .Values.publicUrl).hostname }}
{{- end }}

{{/* The most pods of Server WS. */}}
{{- define "waterbus.ws.most" -}}
{{ if .Values.ws.autoscaling.enabled }}{{ .Values.ws.autoscaling.max }}{{ else }}{{ .Values.ws.replicas }}{{ end }}
{{- end }}

{{/* Whether clients reach TURN on a Service of its own. */}}
{{- define "waterbus.turn" -}}
{{ if or .Values.ws.media.turn.enabled (eq .Values.ws.media.mode "turn") }}yes{{ end }}
{{- end }}
