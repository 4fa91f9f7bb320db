import { type Grants, LONGEST_DATA, type ServerEvent } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { ALL_GRANTS, type Participant } from '../../test/system/signalling.js';

useSignalling();

const grants: Grants = { ...ALL_GRANTS, sendData: true, setMetadata: true };
const roomId = 'room-1';

const received = ({ client }: Participant) =>
  client.events.flatMap(({ name, event }) => (name === 'data' ? [event as ServerEvent<'data'>] : []));
const payloads = (who: Participant) => received(who).map(({ payload }) => payload);

async function threeHomes() {
  const [one, two] = [await signalling.node(), await signalling.node()];
  await signalling.clock.advance(0);
  const ada = await signalling.join(one, { grants });
  return { one, two, ada, ben: await signalling.join(one, { grants }), cyd: await signalling.join(two, { grants }) };
}

test('a message reaches all others once, in order, on every node, and not its sender', async () => {
  const { one, two, ada, ben, cyd } = await threeHomes();
  const texts = Array.from({ length: 50 }, (_, index) => `line ${index}`);
  await Promise.all(texts.map((payload) => ada.client.ok('data.send', { topic: 'pen', payload })));
  await ben.client.until(() => received(ben).length >= texts.length);
  await cyd.client.until(() => received(cyd).length >= texts.length);
  expect(payloads(ben)).toEqual(texts);
  expect(payloads(cyd)).toEqual(texts);
  expect(received(cyd)[0]).toMatchObject({ participantId: ada.id, topic: 'pen' });
  expect(new Set(received(cyd).map(({ id }) => id)).size).toBe(texts.length);
  await ada.client.ok('sync', {});
  expect(received(ada)).toEqual([]);
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test('a message to some reaches these only, and bytes stay bytes', async () => {
  const { ada, ben, cyd } = await threeHomes();
  const payload = Buffer.from([0, 255, 128]).toString('base64');
  const to = [cyd.id, 'who-left', ada.id];
  await ada.client.ok('data.send', { topic: 'key', payload, encoding: 'base64', to });
  await ada.client.ok('data.send', { topic: 'all', payload: 'x' });
  await ben.client.until(() => received(ben).length === 1);
  await cyd.client.until(() => received(cyd).length === 2);
  expect(received(ben)).toMatchObject([{ topic: 'all' }]);
  expect(received(cyd)).toMatchObject([{ topic: 'key', payload, encoding: 'base64' }, { topic: 'all' }]);
  expect(received(cyd)[0]).not.toHaveProperty('to');
});

test('what a join token does not grant is refused, and a moderator can withdraw it', async () => {
  const { one, ada, ben } = await threeHomes();
  const old = await signalling.join(one, { grants: ALL_GRANTS });
  const hidden = await signalling.join(one, { grants: { ...grants, hidden: true } });
  for (const { client } of [old, hidden]) {
    expect(await client.refused('data.send', { topic: 'pen', payload: 'x' })).toBe('permission.denied');
    expect(await client.refused('participant.setMetadata', { metadata: {} })).toBe('permission.denied');
  }
  await signalling.command({
    type: 'update',
    roomId,
    participantId: ada.id,
    grants: { ...grants, sendData: false, setMetadata: false },
  });
  expect(await ada.client.refused('data.send', { topic: 'pen', payload: 'x' })).toBe('permission.denied');
  expect(await ada.client.refused('participant.setMetadata', { metadata: {} })).toBe('permission.denied');
  await ben.client.ok('data.send', { topic: 'pen', payload: 'y' });
  await hidden.client.until(() => received(hidden).length > 0);
  expect(payloads(hidden)).toEqual(['y']);
});

test('each participant has a limit of messages, bytes and changes; the socket stays', async () => {
  const { ada, ben } = await threeHomes();
  const send = (who: Participant, payload: string) => who.client.request('data.send', { topic: 'flood', payload });
  const codes = async (replies: Promise<Awaited<ReturnType<typeof send>>>[]) =>
    (await Promise.all(replies)).map((reply) => (reply.ok ? 'ok' : reply.error.code));
  const long = 'x'.repeat(LONGEST_DATA);
  expect(await codes(Array.from({ length: 10 }, () => send(ada, long)))).toEqual([
    ...Array(8).fill('ok'),
    ...Array(2).fill('limit.reached'),
  ]);
  const short = await codes(Array.from({ length: 110 }, () => send(ben, 'x')));
  expect(short.filter((code) => code === 'ok')).toHaveLength(100);
  expect(await codes([send(ada, `${long}x`)])).toEqual(['request.invalid']);
  const changes = Array.from({ length: 11 }, (_, index) =>
    ben.client.request('participant.setMetadata', { metadata: { n: String(index) } }),
  );
  expect((await Promise.all(changes)).filter(({ ok }) => !ok)).toHaveLength(1);
  await signalling.clock.advance(1000);
  expect(await codes([send(ada, long), send(ben, 'x')])).toEqual(['ok', 'ok']);
  expect(ada.client.socket.connected && ben.client.socket.connected).toBe(true);
});

test('metadata of the token, of the participant and of a back end are in the room', async () => {
  const { two, ada, ben, cyd } = await threeHomes();
  const dan = await signalling.join(two, { grants, metadata: { seat: 'A' } });
  await ada.until(() => ada.other(dan.id)?.metadata?.seat === 'A');
  await dan.client.ok('participant.setMetadata', { metadata: { seat: 'B', mood: 'good' } });
  for (const who of [ada, ben, cyd]) await who.until(() => who.other(dan.id)?.metadata?.mood === 'good');
  await signalling.command({ type: 'update', roomId, participantId: dan.id, metadata: { seat: 'C' } });
  await ada.until(() => ada.other(dan.id)?.metadata?.seat === 'C');
  const eve = await signalling.join(two, { grants });
  expect(eve.other(dan.id)?.metadata).toEqual({ seat: 'C' });
  expect(eve.other(ada.id)).not.toHaveProperty('metadata');
});

test('metadata and messages outlast a move to another node', async () => {
  const { one, two, ada, ben, cyd } = await threeHomes();
  await ada.client.ok('participant.setMetadata', { metadata: { seat: 'A' } });
  const moved = await signalling.resume(two, ada);
  expect(moved.room.participants.find(({ id }) => id === ada.id)?.metadata).toEqual({ seat: 'A' });
  await moved.client.ok('data.send', { topic: 'pen', payload: 'here' });
  await ben.client.until(() => received(ben).length > 0);
  await cyd.client.ok('data.send', { topic: 'pen', payload: 'there' });
  await moved.client.until(() => received(moved).length > 0);
  expect(payloads(ben)[0]).toBe('here');
  expect(payloads(moved)).toEqual(['there']);
  expect([...one.errors, ...two.errors]).toEqual([]);
});
