{{/* Combinations of values that the schema cannot express. */}}
{{- define "waterbus.check.values" -}}
{{- $media := .Values.ws.media -}}
{{- $onNode := has $media.mode (list "hostNetwork" "hostPort") -}}
{{- if not (or .Values.database.url.name (and .Values.database.host .Values.database.password.name)) }}
{{- fail "database: name a secret in database.url.name, or set database.host and database.password.name" }}
{{- end }}
{{- with .Values.redis }}
{{- if not (or .url.name .host .sentinels .clusterNodes) }}
{{- fail "redis: name a secret in redis.url.name, or set redis.host, redis.sentinels or redis.clusterNodes" }}
{{- end }}
{{- if and .sentinels (not .sentinelName) }}
{{- fail "redis.sentinelName: must be set with redis.sentinels" }}
{{- end }}
{{- end }}
{{- if and $onNode (eq (toString $media.announce) "auto") (not $media.stunServers) }}
{{- fail "ws.media.stunServers: must be set when ws.media.announce is auto, for example two of different operators" }}
{{- end }}
{{- if and (not $onNode) (gt (int $media.podsPerNode) 1) }}
{{- fail "ws.media.podsPerNode: is for the modes hostNetwork and hostPort" }}
{{- end }}
{{- if eq $media.mode "loadBalancer" }}
{{- $most := int (include "waterbus.ws.most" .) }}
{{- if and (not $media.loadBalancer.hostname) (lt (len $media.loadBalancer.addresses) $most) }}
{{- fail (printf "ws.media.loadBalancer.addresses: must have one for each of %d pods, or set ws.media.loadBalancer.hostname" $most) }}
{{- end }}
{{- end }}
{{- if include "waterbus.turn" . }}
{{- if not $media.turn.host }}
{{- fail "ws.media.turn.host: must be set, the name in the certificate at which clients reach TURN" }}
{{- end }}
{{- if not (or .Values.tls.secret $media.turn.tlsAtLoadBalancer) }}
{{- fail "ws.media.turn: needs TLS; set tls.secret, or ws.media.turn.tlsAtLoadBalancer" }}
{{- end }}
{{- end }}
{{- $least := add .Values.ws.preStopSeconds 65 }}
{{- if lt (int .Values.ws.gracePeriodSeconds) (int $least) }}
{{- fail (printf "ws.gracePeriodSeconds: must be %d or more: ws.preStopSeconds, a drain of 60 s and 5 s to close" $least) }}
{{- end }}
{{- if and .Values.ws.autoscaling.enabled (gt (int .Values.ws.autoscaling.min) (int .Values.ws.autoscaling.max)) }}
{{- fail "ws.autoscaling: min must not be above max" }}
{{- end }}
{{- if and .Values.ws.autoscaling.enabled (not .Values.metrics.enabled) }}
{{- fail "metrics.enabled: must be set for ws.autoscaling, which scales by the servers' own load" }}
{{- end }}
{{- if and .Values.ingress.enabled .Values.gateway.enabled }}
{{- fail "ingress.enabled and gateway.enabled: one of the two leads to the page" }}
{{- end }}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) }}
{{- fail "gateway.parentRefs: must name the Gateway" }}
{{- end }}
{{- end }}
