import { familyOf, TurnServer, timeLimitedCredentials } from '@waterbus/turn';
import { afterEach, expect, it } from 'vitest';
import { createMediaHost, type Endpoint, hostAddresses, type TransportParameters } from '../../src/index.js';
import { expectMediaOf } from './arrivals.js';
import { Room } from './room.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const publicIpv6 = hostAddresses().find((address) => familyOf(address) === 6 && address !== '::1');

it.each(['udp', 'tcp'] as const)('libwebrtc sends and receives through TURN over %s alone', async (transport) => {
  await expectRelayed(transport, undefined);
});

// libwebrtc requests no family, and pairs a relay with candidates of its family alone.
it.skipIf(!publicIpv6)('libwebrtc sends and receives through TURN to a media node on IPv6 alone', async () => {
  await expectRelayed('tcp', publicIpv6!);
});

/** A room whose participants have no other way than TURN to a media node at `only`. */
async function expectRelayed(transport: 'udp' | 'tcp', only: string | undefined): Promise<void> {
  const announcedAddresses = only === undefined ? undefined : [only];
  const host = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: 'relay', announcedAddresses });
  cleanups.push(() => host.close());
  const endpoints = () => host.nodes().flatMap((node) => node.endpoints());
  const turn = relayTo(endpoints, only);
  cleanups.push(() => turn.close());
  const port = await turn.listen(0, only ?? '0.0.0.0');
  const room = await Room.open(host.nodes()[0]!);
  cleanups.push(() => room.close());
  const relayed = async (parameters: TransportParameters) => {
    const { address } = parameters.iceCandidates[0]!;
    const urls = [`turn:${address.includes(':') ? `[${address}]` : address}:${port}?transport=${transport}`];
    const credentials = timeLimitedCredentials('shared', parameters.id.replace(/\W/g, '-'), inAnHour());
    return { ...parameters, iceServers: [{ urls, ...credentials }], iceTransportPolicy: 'relay' };
  };
  const alice = room.join('libwebrtc', 'alice', { detour: relayed });
  const bob = room.join('libwebrtc', 'bob', { detour: relayed });
  const publication = await alice.publish();
  const [reception] = await bob.subscribe([publication]);
  await expectMediaOf(publication, reception!);
  expect(turn.figures().turnAllocations).toBeGreaterThanOrEqual(2);
}

/** Shows relays on IPv4 at another address than `only`. */
function relayTo(endpoints: () => Endpoint[], only: string | undefined): TurnServer {
  const isSame = (one: Endpoint) => (other: Endpoint) => one.address === other.address && one.port === other.port;
  return new TurnServer({
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
      hasFamily: (family) => endpoints().some(({ address }) => familyOf(address) === family),
      hasAddress: (address) => endpoints().some((endpoint) => endpoint.address === address),
      reach: (peer) => endpoints().find(isSame(peer)),
    },
    shownAddress: (family) => (family === 4 && only ? '127.0.0.1' : endpoints()[0]!.address),
    account: (address) => address,
    onRefusal: () => {},
  });
}

function inAnHour(): number {
  return Math.floor(Date.now() / 1000) + 3600;
}
