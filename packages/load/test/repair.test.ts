import { createMediaHost, type MediaHost, type MediaNode } from '@waterbus/media-host';
import { LossyPath } from '@waterbus/media-host/testing/lossy-path';
import type { ClientRequest, JoinedResponse } from '@waterbus/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RunFigures } from '../src/figures/run-figures.js';
import { Lane } from '../src/participants/lane.js';
import { Sender } from '../src/participants/sender.js';
import type { Call } from '../src/signalling/call.js';
import { RECEIVED } from '../src/streams/parameters.js';
import { ONE_SIZE } from '../src/streams/videos.js';

/** Sender and receiver over a real media worker, and paths that lose every fifth packet. */
describe('a lossy path', () => {
  let host: MediaHost;
  let node: MediaNode;
  beforeAll(async () => {
    host = await createMediaHost({
      workers: 1,
      basePort: 0,
      announcedAddresses: ['127.0.0.1'],
      nodeIdPrefix: 'load',
    });
    node = host.nodes()[0]!;
    await node.openRouter('room');
  });
  afterAll(() => host.close());

  const closing: { close(): void }[] = [];
  afterEach(() => {
    for (const one of closing.splice(0).reverse()) one.close();
  });

  async function openTransport(transportId: string, path?: LossyPath) {
    const parameters = await node.openTransport({ routerId: 'room', transportId });
    return path ? path.detour(parameters) : parameters;
  }

  /** What a sender requests of Server WS, at the node itself. */
  function callTo(name: string): Pick<Call, 'joined' | 'request' | 'on'> {
    const request = async (what: string, data: unknown) => {
      if (what === 'transport.connect') {
        const { transportId, dtlsParameters } = data as ClientRequest<'transport.connect'>;
        await node.connectTransport(transportId, { role: 'client', ...dtlsParameters });
        return {};
      }
      const { transportId, kind, rtpParameters } = data as ClientRequest<'produce'>;
      const producerId = `${name} ${kind}`;
      await node.produce({ transportId, producerId, kind, rtpParameters, paused: false });
      return { producerId };
    };
    return { joined: { participantId: name } as JoinedResponse, request, on: () => {} } as Pick<
      Call,
      'joined' | 'request' | 'on'
    >;
  }

  async function connect(name: string, up?: LossyPath, down?: LossyPath) {
    const figures = new RunFigures();
    const options = { run: 7, index: 0, videos: ONE_SIZE, sound: true };
    const sender = new Sender(callTo(name), await openTransport(`${name} sending`, up), options, figures);
    closing.push(sender);
    await sender.start();
    const lane = new Lane(await openTransport(`${name} receiving`, down), 7, figures);
    closing.push(lane);
    const ticking = setInterval(() => lane.tick(performance.now()), 20);
    closing.push({ close: () => clearInterval(ticking) });
    for (const kind of ['audio', 'video'] as const) {
      const { rtpParameters } = await node.consume({
        transportId: `${name} receiving`,
        consumerId: `${name} ${kind} consumer`,
        producerId: `${name} ${kind}`,
        rtpCapabilities: RECEIVED,
        paused: false,
      });
      lane.add(kind, rtpParameters);
    }
    const fingerprints = [lane.fingerprint];
    await node.connectTransport(`${name} receiving`, { role: 'client', fingerprints });
    await lane.connected;
    return { sender, lane, figures };
  }

  it.each([
    ['pictures', 'video', new Set([96, 101])],
    ['sound', 'audio', new Set([100, 111])],
  ] as const)('to the server: %s arrive, because the sender answers NACK', async (_, kind, payloadTypes) => {
    const path = new LossyPath('to the node', payloadTypes);
    closing.push(path);
    const { sender, lane } = await connect(`up ${[...payloadTypes]}`, path);
    const resent = () => sender.streams.reduce((sum, stream) => sum + stream.resent, 0);
    // Sound is repeated under its number, so the server may report none of it as lost.
    await until(() => path.lost >= LOSSES && resent() >= LOSSES && (kind === 'audio' || sender.lost > 0));
    sender.stop();
    await until(() => lane.receptions.every(({ missing }) => missing.pending === 0));
    // All of them, unless the machine stalls for longer than a sender keeps packets.
    for (const { lost } of lane.receptions) expect(lost).toBeLessThan(path.lost / 2);
    expect(lane.unknown).toBe(0);
  });

  it.each([
    ['pictures', 'video', new Set([96, 101])],
    ['sound', 'audio', new Set([100, 111])],
  ] as const)('from the server: %s are repaired, and counted as lost before', async (_, kind, payloadTypes) => {
    const path = new LossyPath('from the node', payloadTypes);
    closing.push(path);
    const { sender, lane, figures } = await connect(`down ${[...payloadTypes]}`, undefined, path);
    const lossy = lane.receptions.find((reception) => reception.kind === kind)!;
    await until(() => lossy.repaired >= LOSSES);
    sender.stop();
    await until(() => lane.receptions.every(({ missing }) => missing.pending === 0));
    // The server repairs within its estimate of the path, so some pictures may stay lost.
    expect(lossy.repaired + lossy.lost).toBe(lossy.lostBeforeRepair);
    expect(lossy.lostBeforeRepair).toBeGreaterThanOrEqual(LOSSES);
    expect(lossy.lostBeforeRepair).toBeLessThanOrEqual(path.lost);
    expect(lane.receptions.find((reception) => reception !== lossy)).toMatchObject({ lost: 0, lostBeforeRepair: 0 });
    expect(figures.earlyDelays[kind].count).toBeGreaterThan(LOSSES);
  });
});

/** Resolves as soon as the condition holds; a test that waits in vain ends by its timeout. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const LOSSES = 10;
