import { FakeDevice } from '@waterbus/client/testing/fake-device';
import { joinWith } from '@waterbus/client/testing/join';
import { openSocket } from '@waterbus/client/testing/socket';
import type { RoomEvent } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { node, signalling, useNode } from './system/each-test.js';
import { joinToken, type Participant } from './system/signalling.js';

useNode();

test('R2: the SDK receives each change of 60 clients once and in order, also where batches begin and end', async () => {
  const sdk = await enter();
  // One below the border: each change is sent at once.
  const people = await together(49, 'early');
  await sdk.reached(await roomVersion());
  expect(sdk.names()).toEqual(await others());
  // Beyond it: changes wait for each other.
  people.push(...(await together(11, 'late')));
  await settled(sdk, people);
  await Promise.all(
    people.slice(40).map(async (who) => {
      const producerId = await publish(who);
      await who.client.ok('producer.pause', { producerId });
    }),
  );
  await settled(sdk, people);
  expect(sdk.publications()).toBe(20);
  // Back below it while changes wait, and up again.
  const leaving = people.splice(5, 25);
  await Promise.all(leaving.map((who) => who.client.ok('leave', {})));
  people.push(...(await together(3, 'between')));
  await settled(sdk, people);
  people.push(...(await together(30, 'again')));
  await settled(sdk, people);

  expect(sdk.versions).toEqual(Array.from({ length: sdk.versions.length }, (_, n) => sdk.versions[0]! + n));
  expect(sdk.requests).not.toContain('sync');
  expect(sdk.names()).toEqual(await others());
  expect(sdk.seen).toEqual(sdk.changes);
  expect(sdk.seen).toHaveLength(49 + 11 + 25 + 3 + 30);
  await sdk.call.leave();
});

/** Joins with the SDK; notes the room's events on its socket, and what it reports of them. */
async function enter() {
  const versions: number[] = [];
  const changes: string[] = [];
  const requests: string[] = [];
  const seen: string[] = [];
  const names = new Map<string, string>();
  const note = ({ version, change }: RoomEvent) => {
    versions.push(version);
    if (change.type === 'participant.joined') {
      names.set(change.participant.id, change.participant.name);
      changes.push(`${change.participant.name} joined`);
    } else if (change.type === 'participant.left') changes.push(`${names.get(change.participantId)} left`);
  };
  const token = await joinToken(signalling.clock, { name: 'SDK' });
  const call = await joinWith(
    { code: 'abc-defg-hjk', joinToken: { token, signalling: [node.url], title: 'Weekly' } },
    {
      device: new FakeDevice(),
      openSocket: async (origin, listener, ...rest) => {
        const message: typeof listener.message = (event) => {
          if (event.name === 'room') note(event.data);
          listener.message(event);
        };
        const socket = await openSocket(origin, { ...listener, message }, ...rest);
        const { request } = socket;
        return Object.assign(socket, {
          request: (...of: Parameters<typeof request>) => {
            requests.push(of[0]);
            return request(...of);
          },
        });
      },
    },
  );
  call.on('participant.joined', ({ name }) => seen.push(`${name} joined`));
  call.on('participant.left', ({ name }) => seen.push(`${name} left`));
  return {
    ...{ call, versions, changes, requests, seen },
    names: () => call.participants.map(({ name }) => name),
    publications: () => call.participants.flatMap(({ publications }) => publications).length,
    reached: (version: number) => expect.poll(() => versions.at(-1), { timeout: 60_000 }).toBe(version),
  };
}

/** So many clients join at the same time. */
function together(count: number, name: string): Promise<Participant[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => signalling.join(node, { name: `${name} ${n}` })));
}

async function publish(who: Participant): Promise<string> {
  return who.produce((await who.openTransport('send')).id, 'microphone');
}

/** All have received all changes, and all have the same room. */
async function settled(sdk: Awaited<ReturnType<typeof enter>>, people: Participant[]): Promise<void> {
  await signalling.clock.advance(100);
  const room = await signalling.root.rooms.snapshot('room-1');
  for (const person of people) await person.until(() => person.room.version === room!.version);
  for (const person of people) expect(person.room).toEqual(room);
  await sdk.reached(room!.version);
}

async function roomVersion(): Promise<number> {
  return (await signalling.root.rooms.snapshot('room-1'))!.version;
}

async function others(): Promise<string[]> {
  const { participants } = (await signalling.root.rooms.snapshot('room-1'))!;
  return participants.map(({ name }) => name).filter((name) => name !== 'SDK');
}
