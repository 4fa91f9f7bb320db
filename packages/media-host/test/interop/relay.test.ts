import { TurnServer, timeLimitedCredentials } from '@waterbus/turn';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createMediaHost, type Endpoint, type MediaHost, type TransportParameters } from '../../src/index.js';
import { expectMediaOf } from './arrivals.js';
import { Room } from './room.js';

let host: MediaHost;
let room: Room;
let turn: TurnServer;
let port: number;
beforeAll(async () => {
  host = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: 'relay' });
  const endpoints = () => host.nodes().flatMap((node) => node.endpoints());
  const isSame = (one: Endpoint) => (other: Endpoint) => one.address === other.address && one.port === other.port;
  turn = new TurnServer({
    clock: {
      now: () => performance.now(),
      date: () => Date.now(),
      after: (milliseconds, callback) => {
        const timer = setTimeout(callback, milliseconds);
        return () => clearTimeout(timer);
      },
    },
    secret: 'shared',
    peers: {
      hasAddress: (address) => endpoints().some((endpoint) => endpoint.address === address),
      reach: (peer) => endpoints().find(isSame(peer)),
    },
    shownAddress: () => endpoints()[0]!.address,
    account: (address) => address,
    onRefusal: () => {},
  });
  port = await turn.listen(0, '0.0.0.0');
});
beforeEach(async () => {
  room = await Room.open(host.nodes()[0]!);
});
afterEach(() => room.close());
afterAll(async () => {
  await turn.close();
  await host.close();
});

it.each(['udp', 'tcp'])('libwebrtc sends and receives through TURN over %s alone', async (transport) => {
  const relayed = async (parameters: TransportParameters) => {
    const urls = [`turn:${parameters.iceCandidates[0]!.address}:${port}?transport=${transport}`];
    const credentials = timeLimitedCredentials('shared', parameters.id.replace(/\W/g, '-'), inAnHour());
    return { ...parameters, iceServers: [{ urls, ...credentials }], iceTransportPolicy: 'relay' };
  };
  const alice = room.join('libwebrtc', 'alice', { detour: relayed });
  const bob = room.join('libwebrtc', 'bob', { detour: relayed });
  const publication = await alice.publish();
  const [reception] = await bob.subscribe([publication]);
  await expectMediaOf(publication, reception!);
  expect(turn.figures().turnAllocations).toBeGreaterThanOrEqual(2);
});

function inAnHour(): number {
  return Math.floor(Date.now() / 1000) + 3600;
}
