import { systemClock } from '@waterbus/cluster';
import { Lane } from '@waterbus/load/testing/lane';
import { RECEIVED } from '@waterbus/load/testing/parameters';
import { RunFigures } from '@waterbus/load/testing/run-figures';
import { Sender } from '@waterbus/load/testing/sender';
import { THREE_SIZES } from '@waterbus/load/testing/streams';
import { createMediaHost, type WorkerHost } from '@waterbus/media-host';
import { LossyPath } from '@waterbus/media-host/testing/lossy-path';
import { PROTOCOL_VERSION, type QualityMinute } from '@waterbus/protocol';
import { newMeeting, newPerson } from '@waterbus/server-api/testing/people';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '@waterbus/server-api/testing/server';
import { Client, joinToken, type Node, Participant, startNode } from '@waterbus/server-ws/testing/signalling';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** A call with real media between two servers of one process, whose rows are read by the API. */
let api: ServerUnderTest;
let node: Node<WorkerHost>;
const closing: { close(): void }[] = [];

/** The time of day of Server WS, which the test moves on. */
let ahead = 0;
const clock = { ...systemClock, date: () => systemClock.date() + ahead };

beforeAll(async () => {
  // Sessions are valid by the server's clock.
  api = { ...(await startServer({ clock })), clock: clock as never };
  const mediaHost = await createMediaHost({
    ...{ workers: 1, basePort: 0, announcedAddresses: ['127.0.0.1'], nodeIdPrefix: 'ws-1' },
  });
  node = await startNode({ nodeId: 'ws-1', mediaHost, clock, cluster: api.cluster.connect() });
}, STARTING);
afterAll(async () => {
  for (const one of closing.splice(0).reverse()) one.close();
  await node?.close();
  await node?.mediaHost.close();
  await api?.close();
});

async function join(roomId: string, name: string): Promise<Participant> {
  const client = new Client(node.url);
  closing.push({ close: () => client.socket.disconnect() });
  const token = await joinToken(clock, { roomId, name });
  return new Participant(client, await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION }));
}

async function publish(who: Participant, path: LossyPath): Promise<string> {
  const { transport, mediaNodeId } = await who.client.ok('transport.open', { direction: 'send' });
  const call = {
    joined: who.joined,
    request: (name: string, data: object) => who.client.ok(name as 'produce', data as never),
    on: () => {},
  };
  const options = { run: 7, index: 0, videos: THREE_SIZES.slice(0, 1), sound: true };
  const sender = new Sender(call as never, await path.detour(transport), options, new RunFigures());
  closing.push(path, sender);
  await sender.start();
  return mediaNodeId;
}

async function watch(who: Participant, publisher: Participant, mediaNodeId: string, path?: LossyPath): Promise<void> {
  const { transport } = await who.client.ok('transport.open', { direction: 'receive', mediaNodeId });
  const lane = new Lane(path ? await path.detour(transport) : transport, 7, new RunFigures());
  const ticking = setInterval(() => lane.tick(performance.now()), 20);
  closing.push({ close: () => path?.close() }, lane, { close: () => clearInterval(ticking) });
  await who.until(() => who.other(publisher.id)?.producers.length === 2);
  const { consumers } = await who.client.ok('subscribe', {
    participantId: publisher.id,
    transportId: transport.id,
    rtpCapabilities: RECEIVED as never,
  });
  for (const { kind, rtpParameters } of consumers) lane.add(kind, rtpParameters);
  const dtlsParameters = { role: 'client' as const, fingerprints: [lane.fingerprint] };
  await who.client.ok('transport.connect', { transportId: transport.id, dtlsParameters });
  await lane.connected;
}

/** Whether the room learned that this side limits the participant. */
const limited = (seenBy: Participant, who: Participant, side: string) => () =>
  seenBy.client.events.some(
    ({ name, event }) =>
      name === 'quality' &&
      (event as { participants: { participantId: string; limitation: string }[] }).participants.some(
        ({ participantId, limitation }) => participantId === who.id && limitation === side,
      ),
  );

it('shows who had loss in a call, in which direction', { timeout: STARTING }, async () => {
  const host = await newPerson(api);
  const meeting = await newMeeting(api, host);
  const [ada, ben, cid] = [await join(meeting.id, 'Ada'), await join(meeting.id, 'Ben'), await join(meeting.id, 'Cid')];
  const [up, down] = [new LossyPath('to the node'), new LossyPath('from the node')];
  const mediaNodeId = await publish(ada, up);
  await watch(ben, ada, mediaNodeId, down);
  await watch(cid, ada, mediaNodeId);
  await cid.until(limited(cid, ada, 'upload'));
  await cid.until(limited(cid, ben, 'download'));

  ahead += 60_000;
  const rows = async (): Promise<QualityMinute[]> => {
    const url = `/v1/meetings/${meeting.code}/quality?to=9999-01-01T00:00:00Z&from=2020-01-01T00:00:00Z`;
    const { headers } = host;
    return (await api.api.fastify.inject({ url, headers, remoteAddress: newAddress() })).json().items;
  };
  await expect.poll(async () => (await rows()).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(3);
  const last = (name: string) => rows().then((all) => all.findLast((row) => row.name === name));
  expect(await last('Ada')).toMatchObject({ side: 'upload', downloadLoss: null, way: 'udp' });
  expect((await last('Ada'))!.uploadLoss).toBeGreaterThan(0.02);
  expect(await last('Ben')).toMatchObject({ side: 'download', uploadLoss: null, way: 'udp' });
  expect((await last('Ben'))!.downloadLoss).toBeGreaterThan(0.02);
  // Its own path is good; that of its publisher may have kept the picture away.
  expect(await last('Cid')).toMatchObject({ limitation: 'none', uploadLoss: null, downloadLoss: 0 });
  // Once for each participant and minute.
  const keys = (await rows()).map(({ participantId, at }) => `${participantId} ${at}`);
  expect(new Set(keys).size).toBe(keys.length);
});
