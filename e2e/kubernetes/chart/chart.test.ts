import { beforeAll, describe, expect, it } from 'vitest';
import { readSettings, type Settings } from 'waterbus';
import { configMapsOf, environmentOf } from '../environment.js';
import { least, matrix } from './matrix.js';
import { programs } from './programs.js';
import { type KubernetesObject, lint, merged, render, type Values } from './rendered.js';
import { faultsOf } from './schemas.js';

beforeAll(() => void programs());

describe.each(Object.entries(matrix))('the chart with %s', (_name, values) => {
  let objects: KubernetesObject[];
  beforeAll(() => {
    objects = render(values);
  });
  const of = (...kinds: string[]) => objects.filter(({ kind }) => kinds.includes(kind));
  const workloads = () => of('Deployment', 'StatefulSet');

  it('renders objects that follow the schemas of Kubernetes', () => {
    expect(objects.flatMap(faultsOf)).toEqual([]);
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('runs pods without rights, with fixed images and limited memory', () => {
    for (const { spec } of workloads()) {
      const pod = spec.template.spec;
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(pod.securityContext.runAsUser).toBeGreaterThan(0);
      for (const container of pod.containers) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.securityContext.privileged).toBeUndefined();
        expect(container.image).toMatch(/(:[^/]+|@sha256:[0-9a-f]{64})$/);
        expect(container.image).not.toMatch(/:latest$/);
        expect(container.resources.requests).toMatchObject({ cpu: expect.anything(), memory: expect.anything() });
        expect(container.resources.limits).toMatchObject({ memory: expect.anything() });
      }
    }
  });

  it('takes every secret from a Secret', () => {
    const data = of('ConfigMap').flatMap((object) => Object.entries(object.data));
    const plain = workloads().flatMap(({ spec }) =>
      spec.template.spec.containers.flatMap(({ env }: KubernetesObject) =>
        env.filter(({ value }: KubernetesObject) => value !== undefined),
      ),
    );
    const all = [...data, ...plain.map(({ name, value }) => [name, value])] as [string, string][];
    for (const [name, value] of all) {
      expect(name).not.toMatch(/^(SECRET|API_KEYS|ICE_SERVERS|SMTP_URL)$|PASSWORD|CLIENT_SECRET|ACCESS_KEY$/);
      const password = /^[a-z]+:\/\/[^/@]*:([^@]*)@/.exec(value)?.[1];
      if (password !== undefined) expect(password).toMatch(/^\$\(PASSWORD_OF_(DATABASE|REDIS)\)$/);
    }
    expect(of('Secret')).toEqual([]);
  });

  it('gives every server settings that it accepts', () => {
    for (const workload of workloads()) {
      const settings = settingsOf(workload, objects);
      const [container] = workload.spec.template.spec.containers;
      expect(portOf(container, 'http')).toBe(settings.httpPort);
    }
  });

  it('leaves a server the time for its drain', () => {
    for (const { spec } of workloads()) {
      const pod = spec.template.spec;
      const [container] = pod.containers;
      const drain = container.name === 'ws' ? LONGEST_DRAIN : 0;
      const stop = container.lifecycle.preStop.sleep.seconds + drain + LONGEST_CLOSE;
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(stop);
      // A probe that failed during a drain would end the pod before its users have moved.
      expect(container.livenessProbe.httpGet.path).not.toBe('/readyz');
      expect(container.readinessProbe.httpGet.path).toBe('/readyz');
      expect(container.startupProbe.httpGet.path).toBe(container.livenessProbe.httpGet.path);
    }
  });

  it('lets one pod of each part go at a time, and never the last one', () => {
    const budgets = of('PodDisruptionBudget');
    for (const workload of workloads()) {
      const { labels } = workload.spec.template.metadata;
      const own = budgets.filter(({ spec }) => selects(spec.selector.matchLabels, labels));
      expect(own).toHaveLength(1);
      expect(own[0].spec.maxUnavailable).toBe(1);
      const scaler = of('HorizontalPodAutoscaler').find(
        ({ spec }) => spec.scaleTargetRef.kind === workload.kind && spec.scaleTargetRef.name === workload.metadata.name,
      );
      // Two writers of one number would undo each other.
      expect(workload.spec.replicas === undefined).toBe(scaler !== undefined);
      expect(scaler?.spec.minReplicas ?? workload.spec.replicas).toBeGreaterThan(1);
      const policies = scaler?.spec.behavior?.scaleDown?.policies;
      if (labels['app.kubernetes.io/component'] === 'ws' && scaler) {
        expect(policies).toEqual([{ type: 'Pods', value: 1, periodSeconds: expect.any(Number) }]);
        expect(policies[0].periodSeconds).toBeGreaterThanOrEqual(
          workload.spec.template.spec.terminationGracePeriodSeconds,
        );
      }
    }
  });

  it('spreads the pods of each part over zones and nodes', () => {
    for (const { metadata, spec } of workloads()) {
      const { labels } = spec.template.metadata;
      const { topologySpreadConstraints: spread, affinity } = spec.template.spec;
      const keys = spread.map(({ topologyKey }: KubernetesObject) => topologyKey);
      expect(keys, metadata.name).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
      const [apart] = affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
      expect(apart.podAffinityTerm.topologyKey).toBe('kubernetes.io/hostname');
      for (const { labelSelector } of [...spread, apart.podAffinityTerm]) {
        expect(selects(labelSelector.matchLabels, labels)).toBe(true);
      }
    }
  });

  it('mounts the certificate as a folder, in which another one appears', () => {
    const mounts = workloads().flatMap(({ spec: { template } }) =>
      template.spec.volumes
        .filter(({ secret }: KubernetesObject) => secret)
        .map(({ name }: KubernetesObject) =>
          template.spec.containers[0].volumeMounts.find((one: KubernetesObject) => one.name === name),
        ),
    );
    const tls = (values as { tls?: { secret?: string } }).tls?.secret;
    expect(mounts).toHaveLength(tls ? workloads().length : 0);
    // A file mounted alone (subPath) would stay the old one.
    for (const mount of mounts) expect(mount).toEqual({ name: 'tls', mountPath: '/etc/waterbus/tls', readOnly: true });
    const paths = of('ConfigMap').flatMap(({ data }) => [data.TLS_CERT, data.TLS_KEY].filter(Boolean));
    expect(paths).toEqual(tls ? ['/etc/waterbus/tls/tls.crt', '/etc/waterbus/tls/tls.key'] : []);
  });

  it('lets Prometheus find the metrics, and each policy its pods', () => {
    for (const { spec } of of('ServiceMonitor')) {
      const services = of('Service').filter(({ metadata }) => selects(spec.selector.matchLabels, metadata.labels));
      expect(services).toHaveLength(1);
      const ports = services[0].spec.ports.map(({ name }: KubernetesObject) => name);
      for (const { port } of spec.endpoints) expect(ports).toContain(port);
    }
    for (const { metadata, spec } of of('NetworkPolicy')) {
      const pods = workloads().map((workload) => workload.spec.template);
      const selected = pods.filter((pod) => selects(spec.podSelector.matchLabels, pod.metadata.labels));
      expect(selected.length, metadata.name).toBeGreaterThan(0);
      const named = spec.ingress
        .flatMap(({ ports }: KubernetesObject) => ports)
        .map(({ port }: KubernetesObject) => port);
      for (const port of named.filter((one: unknown) => typeof one === 'string')) {
        for (const pod of selected)
          expect(portOf(pod.spec.containers[0], port), `${metadata.name} ${port}`).toBeDefined();
      }
    }
  });

  it('has a target for every name', () => {
    const pods = workloads().map(({ spec }) => spec.template);
    for (const { metadata, spec } of of('Service')) {
      // A number of a StatefulSet's pod is added by Kubernetes.
      const { 'statefulset.kubernetes.io/pod-name': pod, ...labels } = spec.selector;
      const selected = pods.filter((template) => selects(labels, template.metadata.labels));
      expect(selected.length, metadata.name).toBeGreaterThan(0);
      if (pod) expect(pod.replace(/-\d+$/, '')).toBe(of('StatefulSet')[0].metadata.name);
      for (const template of selected) {
        for (const { targetPort } of spec.ports) {
          expect(portOf(template.spec.containers[0], targetPort), `${metadata.name} ${targetPort}`).toBeDefined();
        }
      }
    }
    const services = new Set(of('Service').map(({ metadata }) => metadata.name));
    const backends = [
      ...of('Ingress').flatMap(({ spec }) => spec.rules.flatMap(({ http }: KubernetesObject) => http.paths)),
      ...of('HTTPRoute').flatMap(({ spec }) => spec.rules.flatMap((rule: KubernetesObject) => rule.backendRefs)),
    ].map((one) => one.backend?.service.name ?? one.name);
    expect(backends).toHaveLength(2);
    for (const name of [...backends, ...of('StatefulSet').map(({ spec }) => spec.serviceName)]) {
      expect(services.has(name), name).toBe(true);
    }
    for (const { spec } of workloads()) {
      const pod = spec.template.spec;
      const volumes = pod.volumes.map(({ name }: KubernetesObject) => name);
      for (const { name } of pod.containers[0].volumeMounts) expect(volumes).toContain(name);
    }
  });

  it('opens the ports of media where they lead to the pod, and no others of the node', () => {
    const used: string[] = [];
    for (const workload of workloads().filter(({ metadata }) => metadata.name.includes('-ws'))) {
      const settings = settingsOf(workload, objects);
      const pod = workload.spec.template.spec;
      const [{ ports }] = pod.containers;
      const media = ports.filter(({ name }: KubernetesObject) => name.startsWith('media-'));
      if (pod.hostNetwork) {
        expect(settings).toMatchObject({ mediaPort: 0, listenAddress: FIELDS['status.podIP'] });
        expect(media).toEqual([]);
        used.push(...ports.map(({ containerPort }: KubernetesObject) => `TCP ${containerPort}`));
        continue;
      }
      const expected = Array.from({ length: settings.mediaWorkers }, (_, worker) => settings.mediaPort + worker);
      for (const protocol of ['UDP', 'TCP']) {
        const numbers = media
          .filter((port: KubernetesObject) => port.protocol === protocol)
          .map(({ containerPort }: KubernetesObject) => containerPort);
        expect(numbers).toEqual(protocol === 'UDP' || settings.mediaTcp ? expected : []);
      }
      for (const { containerPort, hostPort, protocol } of media.filter((port: KubernetesObject) => port.hostPort)) {
        expect(hostPort).toBe(containerPort);
        used.push(`${protocol} ${hostPort}`);
      }
    }
    expect(new Set(used).size).toBe(used.length);
  });

  it('keeps the media of a pod that drains', () => {
    for (const { spec } of of('Service').filter(({ metadata }) => metadata.name.includes('-media-'))) {
      expect(spec).toMatchObject({ publishNotReadyAddresses: true, externalTrafficPolicy: 'Local' });
    }
  });
});

describe('the chart', () => {
  it('passes helm lint', () => {
    for (const name of ['hostNetwork', 'loadBalancer by addresses, everything', 'turn']) {
      expect(lint(matrix[name]!)).toContain('0 chart(s) failed');
    }
  });

  const media = (of: Values) => ({ ws: { media: of } });
  it.each<[string, Values, RegExp]>([
    ['no address of the page', { publicUrl: '' }, /publicUrl/],
    ['a page without https', { publicUrl: 'http://meet.example.org' }, /publicUrl/],
    ['no secret', { secret: { name: '' } }, /secret/],
    ['no database', { database: { url: { name: '' } } }, /database/],
    ['a database without password', { database: { url: { name: '' }, host: 'postgresql' } }, /database/],
    ['no Redis', { redis: { url: { name: '' } } }, /redis/],
    ['a misspelled value', { ws: { replica: 3 } }, /replica/],
    ['one Server WS alone', { ws: { replicas: 1 } }, /replicas/],
    ['the newest image', { image: { tag: 'latest' } }, /tag/],
    ['a secret among the settings', { settings: { SMTP_URL: 'smtp://u:p@h' } }, /SMTP_URL/],
    ['a setting that the chart makes', { settings: { MEDIA_PORT: '40000' } }, /MEDIA_PORT/],
    ['auto without STUN', media({ stunServers: [] }), /stunServers/],
    ['a grace shorter than the drain', { ws: { preStopSeconds: 30 } }, /gracePeriodSeconds/],
    ['a sleep of no time, which older API servers refuse', { ws: { preStopSeconds: 0 } }, /preStopSeconds/],
    ['too few addresses', media({ mode: 'loadBalancer', loadBalancer: { addresses: ['203.0.113.1'] } }), /addresses/],
    ['several pods on a node behind load balancers', media({ mode: 'turn', podsPerNode: 2 }), /podsPerNode/],
    ['TURN without a name', { tls: { secret: 'c' }, ...media({ mode: 'turn' }) }, /turn.host/],
    ['TURN without TLS', media({ mode: 'turn', turn: { host: 'turn.example.org' } }), /tls.secret/],
    ['load without metrics', { ws: { autoscaling: { enabled: true } } }, /metrics.enabled/],
    ['two ways to the page', { gateway: { enabled: true, parentRefs: [{ name: 'g' }] } }, /gateway/],
  ])('refuses %s', (_name, values, message) => {
    expect(() => render(merged(least, values))).toThrow(message);
  });

  it('replaces pods when settings change, and then on another port of the node', () => {
    const portOfWs = (values: Values) => {
      const ws = render(values).find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'waterbus-ws');
      return { template: JSON.stringify(ws.spec.template), port: portOf(ws.spec.template.spec.containers[0], 'http') };
    };
    const [first, same, ...others] = [
      least,
      least,
      ...['debug', 'warn', 'error'].map((LOG_LEVEL) => merged(least, { settings: { LOG_LEVEL } })),
    ].map(portOfWs);
    expect(same).toEqual(first);
    for (const other of others) expect(other.template).not.toBe(first?.template);
    // One of 32 ports by the template: three changes hit the first port by chance alone.
    expect(others.some(({ port }) => port !== first?.port)).toBe(true);
  });

  it('announces to each pod the address of its own load balancer', () => {
    const objects = render(matrix['loadBalancer by addresses']!);
    const set = objects.find(({ kind }) => kind === 'StatefulSet');
    const services = objects.filter(({ metadata }) => metadata.name.includes('-media-'));
    expect(services).toHaveLength(set.spec.replicas);
    for (const [index, { spec, metadata }] of services.entries()) {
      const settings = settingsOf(set, objects, { "metadata.labels['apps.kubernetes.io/pod-index']": String(index) });
      expect(settings.announcedAddresses).toEqual([spec.loadBalancerIP]);
      expect(metadata.annotations['metallb.io/loadBalancerIPs']).toBe(spec.loadBalancerIP);
      expect(spec.selector['statefulset.kubernetes.io/pod-name']).toBe(`${set.metadata.name}-${index}`);
    }
  });
});

function portOf(container: KubernetesObject, name: string): number | undefined {
  return container.ports.find((port: KubernetesObject) => port.name === name)?.containerPort;
}

function selects(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

/** The settings of a workload's container, as the server itself reads them. */
function settingsOf(workload: KubernetesObject, objects: KubernetesObject[], fields = {}): Settings {
  const [container] = workload.spec.template.spec.containers;
  const known: Record<string, string> = { ...FIELDS, ...fields };
  const environment = environmentOf(container, {
    configMaps: configMapsOf(objects),
    secret: (name, key) => SECRETS[key] ?? SECRETS[name] ?? 'x'.repeat(40),
    field: (path) => {
      if (!known[path]) throw new Error(`no field ${path}`);
      return known[path];
    },
  });
  // The files of a certificate are in the pod alone.
  for (const name of ['TLS_CERT', 'TLS_KEY']) if (environment[name]) environment[name] = import.meta.filename;
  const result = readSettings(environment, container.args);
  if ('problems' in result) throw new Error(result.problems.join('\n'));
  return result.settings;
}

const FIELDS: Record<string, string> = {
  'status.podIP': '10.1.2.3',
  'status.hostIP': '192.0.2.7',
  "metadata.labels['apps.kubernetes.io/pod-index']": '1',
};

const SECRETS: Record<string, string> = {
  'waterbus-database': 'postgres://waterbus:hunter2@postgresql/waterbus',
  'waterbus-redis': 'redis://:hunter2@redis:6379',
  mail: 'smtps://user:hunter2@mail.example.org',
};

/** Seconds: the deadline of a drain, and that of the end of a process after it. */
const LONGEST_DRAIN = 60;
const LONGEST_CLOSE = 4.5;
