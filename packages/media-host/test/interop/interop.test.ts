import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createMediaHost,
  type DtlsParameters,
  type MediaHost,
  type MediaNode,
  type MediaNodeEvent,
  type TransportParameters,
} from '../../src/index.js';
import { atLast, expectMediaOf } from './arrivals.js';
import { Room, type Stack } from './room.js';

const stacks: Stack[] = ['werift', 'libdatachannel', 'libwebrtc'];

let host: MediaHost;
let room: Room;
beforeAll(async () => {
  host = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: 'interop' });
});
beforeEach(async () => {
  room = await Room.open(host.nodes()[0]!);
});
afterEach(() => room.close());
afterAll(() => host.close());

describe.each(stacks)('%s', (stack) => {
  it('sends and receives sound and video, both ways', async () => {
    const alice = room.join(stack, 'alice');
    const bob = room.join(stack, 'bob');
    const [ofAlice, ofBob] = await Promise.all([alice.publish(), bob.publish()]);
    const [[toAlice], [toBob]] = await Promise.all([alice.subscribe([ofBob]), bob.subscribe([ofAlice])]);
    await Promise.all([expectMediaOf(ofBob, toAlice!), expectMediaOf(ofAlice, toBob!)]);
  });

  it('joins late and starts with a key frame', async () => {
    const publication = await room.join(stack, 'early').publish();
    const producer = publication.producerIds.video;
    await atLast(async () => {
      expect((await room.node.producerStats(producer)).streams[0]!.packetsReceived).toBeGreaterThan(10);
    });
    const [reception] = await room.join(stack, 'late').subscribe([publication]);
    await expectMediaOf(publication, reception!);
    expect((await room.node.producerStats(producer)).streams[0]!.pliCount).toBeGreaterThan(0);
  });

  it('waits for the DTLS handshake of the node', async () => {
    const sender = room.join(stack, 'sender', {
      detour: async (transport) => ({ ...transport, dtlsParameters: { ...transport.dtlsParameters, role: 'client' } }),
    });
    const publication = await sender.publish();
    const [reception] = await room.join('werift', 'receiver').subscribe([publication]);
    await expectMediaOf(publication, reception!);
  });

  it('fails with another certificate than the announced one', async () => {
    const { node } = room;
    const forged = Object.create(node, {
      connectTransport: {
        value: (transportId: string, { role, fingerprints }: DtlsParameters) => {
          const value = fingerprints[0]!.value.replace(/^../, (byte) => (byte === '00' ? '01' : '00'));
          return node.connectTransport(transportId, { role, fingerprints: [{ algorithm: 'sha-256', value }] });
        },
      },
    });
    const events = eventsOf(node);
    const stranger = room.join(stack, 'stranger', { node: forged });
    // Some stacks never settle the promise of a connection that fails.
    stranger.publish().catch(() => undefined);
    const transportId = stranger.transportIds.sending;
    await atLast(() => expect(events).toContainEqual({ type: 'transport.closed', transportId, reason: 'dtls-failed' }));
    expect(events).not.toContainEqual({ type: 'transport.state', transportId, state: 'connected' });
  });
});

describe('over TCP alone', () => {
  const detour = async (transport: TransportParameters) => ({
    ...transport,
    iceCandidates: transport.iceCandidates.filter(({ protocol }) => protocol === 'tcp'),
  });

  it('libwebrtc sends and receives sound and video', async () => {
    const alice = room.join('libwebrtc', 'alice', { detour });
    const bob = room.join('libwebrtc', 'bob', { detour });
    const [ofAlice, ofBob] = await Promise.all([alice.publish(), bob.publish()]);
    const [[toAlice], [toBob]] = await Promise.all([alice.subscribe([ofBob]), bob.subscribe([ofAlice])]);
    await Promise.all([expectMediaOf(ofBob, toAlice!), expectMediaOf(ofAlice, toBob!)]);
    for (const transportId of [...Object.values(alice.transportIds), ...Object.values(bob.transportIds)]) {
      const { protocol, packetsLost } = await room.node.transportStats(transportId);
      expect([protocol, packetsLost]).toEqual(['tcp', 0]);
    }
  });

  it('libwebrtc prefers UDP where both are open', async () => {
    const participant = room.join('libwebrtc', 'participant');
    await participant.publish();
    const transportId = participant.transportIds.sending;
    await atLast(async () => {
      const { state, protocol } = await room.node.transportStats(transportId);
      expect([state, protocol]).toEqual(['connected', 'udp']);
    });
  });
});

it('reports the arrival of werift’s packets by transport-wide feedback', async () => {
  const sender = room.join('werift', 'sender');
  await sender.publish();
  await atLast(() => expect(sender.arrivals.size).toBeGreaterThan(100));
  const arrived = [...sender.arrivals.keys()].sort((a, b) => a - b);
  expect(arrived).toEqual(arrived.map((_, i) => arrived[0]! + i));
  expect([...sender.arrivals.values()]).not.toContain(false);
});

describe('libwebrtc, as browsers do,', () => {
  it('restarts ICE while media continue', async () => {
    const publication = await room.join('libdatachannel', 'sender').publish();
    const receiver = room.join('libwebrtc', 'receiver');
    const [reception] = await receiver.subscribe([publication]);
    await expectMediaOf(publication, reception!);
    const before = (await room.node.transportStats(receiver.transportIds.receiving)).selectedAddress;
    await receiver.restartIce();
    await atLast(async () => {
      const { selectedAddress, state } = await room.node.transportStats(receiver.transportIds.receiving);
      expect(state).toBe('connected');
      expect(selectedAddress).not.toBe(before);
    });
    reception!.pictures.length = reception!.sounds.length = 0;
    await expectMediaOf(publication, reception!);
  });

  it('measures the path by our reports, and the node by its reports', async () => {
    const sender = room.join('libwebrtc', 'sender');
    const receiver = room.join('libwebrtc', 'receiver');
    await receiver.subscribe([await sender.publish()]);
    await atLast(async () => {
      const seenByNode = await sender.stats('sending', 'remote-inbound-rtp');
      expect(seenByNode.map(({ kind }) => kind).sort()).toEqual(['audio', 'video']);
      for (const { roundTripTimeMeasurements, roundTripTime, fractionLost } of seenByNode) {
        expect(roundTripTimeMeasurements).toBeGreaterThan(0);
        // A figure in another unit would be a thousand times that; the path itself may be as slow
        // as the machine.
        expect(roundTripTime).toBeLessThan(30);
        expect(fractionLost).toBeLessThan(0.1);
      }
      const [reported] = await receiver.stats('receiving', 'remote-outbound-rtp');
      // The two epochs, 1900 and 1970, are 70 years apart.
      expect(Math.abs(Date.now() - Number(reported!.remoteTimestamp))).toBeLessThan(600_000);
      // It reports about sound only every five seconds.
      const { consumers } = await room.node.transportStats(receiver.transportIds.receiving);
      expect(consumers.find(({ kind }) => kind === 'video')!.roundTripTime).toBeLessThan(30_000);
    });
  });

  it('sends simulcast, identified by rid, and a receiver sees one layer', async () => {
    const publication = await room.join('libwebrtc', 'sender').publish({ simulcast: true });
    const [reception] = await room.join('libwebrtc', 'receiver').subscribe([publication]);
    await atLast(() => {
      const seen = reception!.pictures.filter(
        ({ left, right }) => Math.abs(left - 60) < 15 && Math.abs(right - 180) < 15,
      );
      expect(seen.length).toBeGreaterThan(10);
    });
  });

  it('notifies the node when it leaves', async () => {
    const events = eventsOf(room.node);
    const participant = room.join('libwebrtc', 'participant');
    const { producerIds } = await participant.publish();
    const transportId = participant.transportIds.sending;
    await atLast(() => expect(events).toContainEqual({ type: 'transport.state', transportId, state: 'connected' }));
    await participant.close();
    await atLast(() => expect(events).toContainEqual({ type: 'transport.closed', transportId, reason: 'dtls-closed' }));
    for (const producerId of Object.values(producerIds)) {
      expect(events).toContainEqual({ type: 'producer.closed', producerId, reason: 'transport-closed' });
    }
  });
});

it('connects the stacks: each receives the media of the others', async () => {
  const participants = stacks.map((stack) => room.join(stack, stack));
  const publications = await Promise.all(participants.map((participant) => participant.publish()));
  await Promise.all(
    participants.map(async (participant, i) => {
      const others = publications.filter((_, j) => j !== i);
      const receptions = await participant.subscribe(others);
      await Promise.all(others.map((publication, j) => expectMediaOf(publication, receptions[j]!)));
    }),
  );
});

function eventsOf(node: MediaNode): MediaNodeEvent[] {
  const events: MediaNodeEvent[] = [];
  node.onEvent((event) => events.push(event));
  return events;
}
