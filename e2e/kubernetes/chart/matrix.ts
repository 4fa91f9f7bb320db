import { merged, type Values } from './rendered.js';

/** The least that an installation must name. */
export const least: Values = {
  publicUrl: 'https://meet.example.org',
  image: { repository: 'registry.example.org/waterbus' },
  secret: { name: 'waterbus', key: 'secret' },
  database: { url: { name: 'waterbus-database' } },
  redis: { url: { name: 'waterbus-redis' } },
  ws: { media: { stunServers: ['stun.example.org:3478', 'stun.example.net:3478'] } },
};

const everything: Values = {
  image: { digest: `sha256:${'0'.repeat(64)}`, pullSecrets: ['registry'] },
  trustedProxies: ['10.0.0.0/8', 'fd00::/8'],
  settings: { REGISTRATION: 'invited', AUDIT_DAYS: 30, GUESTS: 0, MAIL_FROM: 'meet@example.org' },
  secretSettings: { SMTP_URL: { name: 'mail', key: 'url' } },
  metrics: { enabled: true, serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } },
  serviceAccount: { annotations: { 'example.org/role': 'none' } },
  networkPolicy: {
    from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }],
    metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
  },
  ingress: { className: 'nginx', annotations: { 'cert-manager.io/cluster-issuer': 'public' }, tls: { secret: 'page' } },
  api: {
    autoscaling: { enabled: true },
    avatars: { claim: 'avatars' },
    nodeSelector: { pool: 'general' },
    priorityClassName: 'calls',
    podAnnotations: { 'example.org/note': 'api' },
    podLabels: { team: 'calls' },
    service: { annotations: { 'example.org/note': 'api' } },
  },
  ws: {
    autoscaling: { enabled: true, max: 4 },
    nodeSelector: { pool: 'media' },
    tolerations: [{ key: 'media', operator: 'Exists', effect: 'NoSchedule' }],
    podAnnotations: { 'example.org/note': 'ws' },
    service: { annotations: { 'example.org/note': 'ws' } },
  },
};

const turn: Values = { tls: { secret: 'certificate' }, ws: { media: { turn: { host: 'turn.example.org' } } } };
const addresses = ['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4'];

const withMedia = (media: Values): Values => ({ ws: { media } });

const modes: Record<string, Values> = {
  hostNetwork: least,
  'hostNetwork, two pods on a node': merged(least, withMedia({ podsPerNode: 2, announce: 'hostIP' })),
  hostPort: merged(least, withMedia({ mode: 'hostPort', announce: ['198.51.100.7'], podsPerNode: 2 })),
  'loadBalancer by addresses': merged(
    least,
    withMedia({
      mode: 'loadBalancer',
      loadBalancer: {
        addresses,
        requestAddresses: true,
        class: 'example.org/lb',
        annotations: { 'metallb.io/loadBalancerIPs': '{{ .address }}' },
      },
    }),
  ),
  'loadBalancer by name': merged(
    least,
    withMedia({
      mode: 'loadBalancer',
      tcp: false,
      loadBalancer: {
        hostname: 'ws-$(POD_INDEX).media.example.org',
        annotations: { 'external-dns.alpha.kubernetes.io/hostname': 'ws-{{ .index }}.media.example.org' },
      },
    }),
  ),
  turn: merged(least, turn, withMedia({ mode: 'turn' })),
  'turn, TLS at the load balancer': merged(
    least,
    withMedia({ mode: 'turn', turn: { host: 'turn.example.org', tlsAtLoadBalancer: true } }),
  ),
};

const others: Record<string, Values> = {
  'TURN besides hostNetwork': merged(least, turn, withMedia({ turn: { enabled: true } })),
  'a gateway': merged(least, {
    ingress: { enabled: false },
    gateway: { enabled: true, parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }] },
  }),
  'a database and a Redis of charts': merged(least, {
    database: {
      url: { name: '' },
      host: 'postgresql.data',
      password: { name: 'postgresql', key: 'password' },
    },
    redis: { url: { name: '' }, host: 'redis-master.data', password: { name: 'redis' } },
  }),
  Sentinels: merged(least, {
    redis: {
      url: { name: '' },
      sentinels: ['redis-0.redis:26379', 'redis-1.redis:26379'],
      sentinelName: 'mymaster',
      password: { name: 'redis' },
      sentinelPassword: { name: 'redis' },
      tls: true,
    },
  }),
  'Redis Cluster, without password': merged(least, {
    redis: { url: { name: '' }, clusterNodes: ['redis-cluster:6379'] },
  }),
  'a service account, no policy': merged(least, {
    serviceAccount: { name: 'own' },
    networkPolicy: { enabled: false },
  }),
};

/** Modes that differ in their objects most; each rendering takes half a second. */
const withEverything = ['hostNetwork, two pods on a node', 'loadBalancer by addresses', 'turn'];

/** Values by name; some modes of media also with everything that is optional. */
export const matrix: Record<string, Values> = {
  ...modes,
  ...Object.fromEntries(withEverything.map((name) => [`${name}, everything`, merged(modes[name]!, everything)])),
  ...others,
};
