import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '@waterbus/cluster';
import {
  CodedError,
  type OutsidePath,
  type OutsideTestAnswer,
  type OutsideTestBody,
  type OutsideTestMethod,
  type OutsideVerdicts,
} from '@waterbus/protocol';
import type { LocalMediaNode } from '../media/nodes/local-media-node.js';
import { reachableCandidates } from '../media/participant/reachable-candidates.js';
import type { IceServers } from '../turn/ice-servers.js';
import { outsidePaths, type PlannedPath } from './outside-paths.js';

export type TestedNode = Pick<
  LocalMediaNode,
  'id' | 'endpoints' | 'acceptsTcp' | 'openTransport' | 'connectTransport' | 'closeTransport'
>;

type Handlers = {
  [M in OutsideTestMethod]: (body: OutsideTestBody<M>) => Promise<OutsideTestAnswer<M>>;
};

/**
 * The tests of this node's ports from outside. Each belongs to one operator, and to the one phone
 * that opens its link; its transports belong to no room.
 */
export class OutsideTests {
  private readonly tests = new Map<string, OutsideTest>();

  constructor(
    private readonly parts: {
      nodeId: string;
      clock: Clock;
      iceServers: Pick<IceServers, 'forTest'>;
      nodes: () => readonly TestedNode[];
    },
  ) {}

  readonly handlers: Handlers = {
    'outside.open': async () => this.open(),
    'outside.begin': async (body) => this.begin(body),
    'outside.connect': async (body) => this.connect(body),
    'outside.report': async (body) => this.report(body),
    'outside.result': async ({ token }) => this.result(token),
  };

  stop(): void {
    for (const token of this.tests.keys()) this.end(token);
  }

  private open(): OutsideTestAnswer<'outside.open'> {
    const { clock, nodeId, nodes } = this.parts;
    // An operator who begins anew has no use for the earlier link.
    for (const oldest of this.tests.keys()) if (this.tests.size >= MOST_TESTS) this.end(oldest);
    const token = `${randomBytes(16).toString('base64url')}.${nodeId}`;
    this.tests.set(token, {
      paths: [],
      connecting: 0,
      transports: [],
      expire: clock.after(LINK_LIFETIME * 1000, () => this.end(token)),
    });
    const addresses = nodes().flatMap((node) => node.endpoints().map(({ address }) => address));
    return { token, expiresIn: LINK_LIFETIME, addresses: [...new Set(addresses)] };
  }

  private begin({ token, client, way }: OutsideTestBody<'outside.begin'>): OutsideTestAnswer<'outside.begin'> {
    const { clock, iceServers, nodes } = this.parts;
    const test = this.find(token);
    if (test.begun) throw new CodedError('outside_test.not_found', 'the link was opened before');
    const relays = iceServers.forTest(way && { port: undefined, ...way });
    test.paths = outsidePaths(nodes(), relays, client);
    test.begun = { client };
    test.expire();
    test.expire = clock.after(LONGEST_TEST, () => this.end(token));
    return { paths: test.paths.map(({ path }) => path) };
  }

  private async connect(body: OutsideTestBody<'outside.connect'>): Promise<OutsideTestAnswer<'outside.connect'>> {
    const test = this.find(body.token);
    const planned = test.paths[body.path];
    if (!planned || test.verdicts) throw new CodedError('outside_test.not_found');
    const node = this.parts.nodes().find(({ id }) => id === planned.mediaNodeId);
    if (!node) throw new CodedError('media_node.lost');
    if (test.connecting >= MOST_CONNECTIONS) throw new CodedError('limit.reached', 'the test has made its connections');
    test.connecting += 1;
    const transportId = randomUUID();
    const caller = test.begun?.client;
    const opened = await node.openTransport({
      routerId: `outside-test-${transportId}`,
      transportId,
      accounts: { caller },
    });
    const close = () => void node.closeTransport(transportId).catch(() => {});
    // The test has ended meanwhile.
    if (this.tests.get(body.token) !== test) close();
    test.transports.push(close);
    await node.connectTransport(transportId, body.dtlsParameters);
    const { iceParameters, iceCandidates, dtlsParameters } = opened;
    const isOfPath = candidateOf(planned.path);
    const candidates = reachableCandidates(iceCandidates, caller).filter(isOfPath);
    return { iceParameters, iceCandidates: candidates, dtlsParameters };
  }

  private report({ token, signalling, paths }: OutsideTestBody<'outside.report'>): null {
    const test = this.find(token);
    if (!test.begun || test.verdicts) throw new CodedError('outside_test.not_found');
    test.verdicts = { signalling, paths };
    closeTransports(test);
    return null;
  }

  private result(token: string): OutsideTestAnswer<'outside.result'> {
    const { paths, begun, verdicts } = this.find(token);
    return {
      state: verdicts ? 'reported' : begun ? 'begun' : 'waiting',
      ...(begun?.client !== undefined && { client: begun.client }),
      paths: paths.map(({ path: { iceServer: _, ...path } }) => path),
      ...(verdicts && { verdicts }),
    };
  }

  private find(token: string): OutsideTest {
    const test = this.tests.get(token);
    if (!test) throw new CodedError('outside_test.not_found');
    return test;
  }

  private end(token: string): void {
    const test = this.tests.get(token);
    if (!test) return;
    this.tests.delete(token);
    test.expire();
    closeTransports(test);
  }
}

interface OutsideTest {
  /** Empty until it has begun. */
  paths: readonly PlannedPath[];
  begun?: { client: string | undefined };
  verdicts?: OutsideVerdicts;
  /** Connections that were asked for, open or not. */
  connecting: number;
  transports: (() => void)[];
  expire: () => void;
}

/** Of the candidates of a media node, those of the path alone; a relay reaches it over UDP. */
function candidateOf({ kind, port }: OutsidePath): (candidate: { protocol: string; port: number }) => boolean {
  if (kind === 'udp' || kind === 'tcp') {
    return (candidate) => candidate.protocol === kind && candidate.port === port;
  }
  return ({ protocol }) => protocol === 'udp';
}

function closeTransports(test: OutsideTest): void {
  for (const close of test.transports.splice(0)) close();
}

/** Each costs memory, and some transports for a minute. */
const MOST_TESTS = 4;

/** Of one test: its paths are fewer, and the page tries none twice. */
const MOST_CONNECTIONS = 40;

/** Seconds: enough to fetch a phone and to leave the Wi-Fi. */
const LINK_LIFETIME = 600;

/** Milliseconds: 40 blocked paths, six at a time for eight seconds each, and the operator's poll. */
const LONGEST_TEST = 180_000;
