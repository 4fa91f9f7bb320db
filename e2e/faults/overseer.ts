import { type Cluster, createRedisCluster, type NodeRecord } from '@waterbus/cluster';
import type { Run } from './scenario.js';
import { PATIENCE, pause } from './until.js';

/**
 * Watches the cluster from inside during a call: the homes, the nodes declared dead, and the
 * servers that fail a health check.
 */
export interface Overseer {
  /** Ids of the nodes declared dead so far. */
  readonly declaredDead: readonly string[];
  /** Health checks without an answer of 200 within a second (in the short form: a minute). */
  readonly notGreen: readonly string[];
  nodes(): Promise<NodeRecord[]>;
  /** The home node of each participant, as Redis has it now. */
  homes(roomIds: readonly string[]): Promise<Map<string, string>>;
}

/**
 * Ends with the run. It is a member of the cluster like each server, with a Redis connection of its
 * own.
 */
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
      // Fails while Redis is away.
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

/** Milliseconds. Load balancers check health as often. */
const HOMES_INTERVAL = 500;
const HEALTH_INTERVAL = 500;
const HEALTH_LIMIT = 1000;
