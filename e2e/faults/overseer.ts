import { type Cluster, createRedisCluster, type NodeRecord } from '@waterbus/cluster';
import type { Run } from './scenario.js';
import { PATIENCE, pause } from './until.js';

/** Watches the cluster from inside while people are in a call: who is at home where, who is declared dead, whose health is not green. */
export interface Overseer {
  /** Nodes that were declared dead so far, by id. */
  readonly declaredDead: readonly string[];
  /** What answered a question for its health with anything but 200, or not within a second (in the short form: a minute). */
  readonly notGreen: readonly string[];
  nodes(): Promise<NodeRecord[]>;
  /** Node at home by participant, as far as Redis says so now. */
  homes(roomIds: readonly string[]): Promise<Map<string, string>>;
}

/** Ends with the run. It is a member of the cluster as each server is, by a way to Redis of its own. */
export async function oversee({ cluster, history, short, after }: Run, roomIds: readonly string[]): Promise<Overseer> {
  const member: Cluster = await createRedisCluster({ redis: cluster.redis.topology, secret: cluster.secret });
  const declaredDead: string[] = [];
  const notGreen: string[] = [];
  let over = false;
  const stop = await member.nodes.watch((event) => {
    if (event.type !== 'down' || event.reason !== 'expired') return;
    declaredDead.push(event.node.id);
    history.write({ type: 'fault', what: `${event.node.id} is declared dead` });
  });
  const homes = async (ids: readonly string[]) => {
    const known = (await Promise.all(ids.map((id) => member.rooms.homes(id)))).flat();
    history.write({ type: 'homes', homes: known });
    return new Map(known.map(({ participantId, nodeId }) => [participantId, nodeId]));
  };
  const lookAtHomes = async () => {
    while (!over) {
      // Nobody can say while Redis is away.
      await homes(roomIds).catch(() => {});
      await pause(HOMES_INTERVAL);
    }
  };
  const lookAtHealth = async () => {
    while (!over) {
      const up = [...cluster.apis, ...cluster.nodes].filter(({ running }) => running());
      await Promise.all(
        up.flatMap((one) =>
          ['healthz', 'readyz'].map(async (page) => {
            const how = await health(`${one.origin}/${page}`, short ? PATIENCE : HEALTH_LIMIT);
            if (how !== '200' && !over && one.running()) notGreen.push(`${one.name} ${page}: ${how}`);
          }),
        ),
      );
      await pause(HEALTH_INTERVAL);
    }
  };
  const looking = Promise.all([lookAtHomes(), lookAtHealth()]);
  after(async () => {
    over = true;
    stop();
    await looking;
    await member.close();
  });
  return { declaredDead, notGreen, nodes: () => member.nodes.list(), homes };
}

async function health(url: string, limit: number): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(limit) });
    const text = await response.text();
    return response.ok ? '200' : `${response.status} ${text.slice(0, 200)}`;
  } catch (error) {
    return String(error);
  }
}

/** Milliseconds. Health is asked for as often as load balancers do. */
const HOMES_INTERVAL = 500;
const HEALTH_INTERVAL = 500;
const HEALTH_LIMIT = 1000;
