import type { Member, RunningCluster, WsMember } from '../system/cluster.js';
import type { PlayedCluster } from './played/cluster.js';
import type { Pod } from './played/pod.js';

/** The played cluster in the form that the people of the fault tests know. */
export function running(played: PlayedCluster): RunningCluster {
  const { url, httpPort, secret, redis } = played;
  const part: Partial<RunningCluster> = {
    url,
    httpPort,
    secret,
    redis: {
      url: redis.url,
      topology: { url: redis.url },
      server: redis,
      roles: () => Promise.reject(new Error('one Redis')),
      close: () => redis.close(),
    },
  };
  return Object.defineProperties(part as RunningCluster, {
    apis: { get: () => played.pods('api').map(memberOf) },
    nodes: { get: () => played.pods('ws').map(memberOf) },
  });
}

function memberOf(pod: Pod): WsMember {
  const { name, address, ports } = pod.options;
  const member: Pick<WsMember, keyof Member | 'nodeId'> = {
    name,
    nodeId: pod.nodeId,
    origin: `http://${address}:${ports.get('http')}`,
    pid: pod.server.pid,
    ended: pod.server.ended,
    output: () => pod.server.output(),
    running: () => pod.server.running(),
    signal: (signal) => pod.server.signal(signal),
    start: () => Promise.reject(new Error('kubelet starts pods')),
  };
  return member as WsMember;
}
