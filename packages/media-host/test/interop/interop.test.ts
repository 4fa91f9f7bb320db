import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { atLast, expectMediaOf } from './arrivals.js';
import { Room, type Stack } from './room.js';

const stacks: Stack[] = ['werift', 'libdatachannel', 'libwebrtc'];

let room: Room;
beforeEach(async () => {
  room = await Room.open();
});
afterEach(() => room.close());

describe.each(stacks)('%s', (stack) => {
  it('gives and gets sound and video, both ways', async () => {
    const alice = room.join(stack, 'alice');
    const bob = room.join(stack, 'bob');
    const [ofAlice, ofBob] = await Promise.all([alice.publish(), bob.publish()]);
    const [[toAlice], [toBob]] = await Promise.all([alice.subscribe([ofBob]), bob.subscribe([ofAlice])]);
    await Promise.all([expectMediaOf(ofBob, toAlice!), expectMediaOf(ofAlice, toBob!)]);
  });

  it('comes late and starts with a key frame', async () => {
    const publication = await room.join(stack, 'early').publish();
    const producer = publication.producerIds.video;
    await atLast(async () => {
      expect((await room.node.producerStats(producer)).streams[0]!.packetsReceived).toBeGreaterThan(10);
    });
    const [reception] = await room.join(stack, 'late').subscribe([publication]);
    await expectMediaOf(publication, reception!);
    expect((await room.node.producerStats(producer)).streams[0]!.pliCount).toBeGreaterThan(0);
  });
});

it('brings the stacks together: each receives what the others send', async () => {
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
