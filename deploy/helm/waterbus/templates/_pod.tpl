{{/* The fields of every pod: (dict "root" $ "part" "ws" "values" .Values.ws) */}}
{{- define "waterbus.pod" -}}
serviceAccountName: {{ include "waterbus.serviceAccount" .root }}
automountServiceAccountToken: false
# A Service by the name of media, turn or metrics would otherwise set MEDIA_PORT and the like.
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
affinity:
  {{- if .values.affinity }}
  {{- toYaml .values.affinity | nindent 2 }}
  {{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "waterbus.selector" . | nindent 14 }}
  {{- end }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    # The pods of one version spread, also while those of the version before still run.
    matchLabelKeys:
      - {{ $.revisionLabel }}
    labelSelector:
      matchLabels:
        {{- include "waterbus.selector" $ | nindent 8 }}
  {{- end }}
volumes:
  - name: data
    {{- if and (eq .part "api") .values.avatars.claim }}
    persistentVolumeClaim:
      claimName: {{ .values.avatars.claim }}
    {{- else }}
    emptyDir:
      sizeLimit: 256Mi
    {{- end }}
  - name: tmp
    emptyDir:
      sizeLimit: 256Mi
  {{- with .root.Values.tls.secret }}
  - name: tls
    secret:
      secretName: {{ . }}
      defaultMode: 0440
  {{- end }}
{{- end }}

{{/* The fields of every container. */}}
{{- define "waterbus.container" -}}
name: {{ .part }}
image: {{ include "waterbus.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [{{ .part }}]
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
resources:
  {{- toYaml .values.resources | nindent 2 }}
volumeMounts:
  - name: data
    mountPath: /data
  - name: tmp
    mountPath: /tmp
  {{- if .root.Values.tls.secret }}
  - name: tls
    mountPath: /etc/waterbus/tls
    readOnly: true
  {{- end }}
{{- end }}

{{/* A check by HTTP: (dict "root" $ "path" "/readyz") */}}
{{- define "waterbus.check" -}}
httpGet:
  path: {{ .path }}
  port: http
  scheme: {{ ternary "HTTPS" "HTTP" (ne .root.Values.tls.secret "") }}
{{- end }}

{{/* Annotations of a pod: other settings are another template, so that the pods are replaced. */}}
{{- define "waterbus.podAnnotations" -}}
checksum/settings: {{ include "waterbus.settings" .root | sha256sum }}
{{- with .values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end }}
