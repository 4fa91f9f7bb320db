import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';
import { type Message, type MessageFile, messageSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newCaller, newMeeting, newMember, newPerson } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, newDataFolder, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { files, type MeetingRow, meetings } from '../database/schema.js';
import { BODY_TIME } from '../http/body-time.js';

let server: ServerUnderTest;
let dataDir: string;
beforeAll(async () => {
  dataDir = await newDataFolder();
  server = await startServer({ dataDir, files: { largest: 100_000, perMeeting: 250_000 } });
}, STARTING);
afterAll(() => server.close());

const ask = (asker: Asker, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object | Buffer) =>
  server.api.fastify.inject({
    method,
    url: `/v1/meetings/${url}`,
    headers: { ...asker.headers, ...(Buffer.isBuffer(payload) && { 'content-type': 'application/octet-stream' }) },
    remoteAddress: newAddress(),
    ...(payload ? { payload } : {}),
  });

const announce = (asker: Asker, { code }: MeetingRow, name: string, size: number) =>
  ask(asker, 'POST', `${code}/files`, { name, size });

const upload = (asker: Asker, { code }: MeetingRow, id: string, bytes: Buffer) =>
  ask(asker, 'PUT', `${code}/files/${id}/content`, bytes);

/** Announced and uploaded. */
async function stored(asker: Asker, meeting: MeetingRow, name: string, bytes: Buffer): Promise<MessageFile> {
  const announced = await announce(asker, meeting, name, bytes.length);
  expect(announced.statusCode, announced.body).toBe(201);
  const answer = await upload(asker, meeting, announced.json().file.id, bytes);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json().file;
}

const send = (asker: Asker, { code }: MeetingRow, ids: string[], text?: string) =>
  ask(asker, 'POST', `${code}/messages`, { clientId: randomUUID(), files: ids, ...(text && { text }) });

async function sent(asker: Asker, meeting: MeetingRow, name: string, bytes: Buffer): Promise<Message> {
  const file = await stored(asker, meeting, name, bytes);
  const answer = await send(asker, meeting, [file.id]);
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json().message;
}

const read = (asker: Asker, { code }: MeetingRow, id: string, part = 'content') =>
  ask(asker, 'GET', `${code}/files/${id}/${part}`);

async function scene() {
  const host = await newPerson(server, { name: 'Host' });
  const meeting = await newMeeting(server, host);
  const member = await newPerson(server, { name: 'Member' });
  await newMember(server, meeting, member);
  return { host, meeting, member };
}

const onDisk = () => (existsSync(path.join(dataDir, 'files')) ? readdirSync(path.join(dataDir, 'files')) : []);
const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(50_000)]);

describe('a file', () => {
  it('goes from its sender to the readers of the chat, byte for byte and never as a page', async () => {
    const { meeting, member, host } = await scene();
    const message = await sent(member, meeting, 'Büro "1".pdf', pdf);
    const [file] = message.files!;
    expect(file).toEqual({ id: file!.id, name: 'Büro _1_.pdf', size: pdf.length, picture: null });
    const answer = await read(host, meeting, file!.id);
    expect(answer.rawPayload.equals(pdf)).toBe(true);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="B?ro _1_.pdf"; filename*=UTF-8''B%C3%BCro%20_1_.pdf`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'content-length': String(pdf.length),
      'cache-control': 'no-store',
    });
    const { items } = (await ask(host, 'GET', `${meeting.code}/files`)).json();
    expect(items).toEqual([
      expect.objectContaining({
        ...file,
        messageId: message.id,
        seq: 1,
        author: expect.objectContaining({ name: 'Member' }),
      }),
    ]);
  });

  it('without text is a message with its name as text, which older pages show', async () => {
    const { meeting, member } = await scene();
    const [one, two] = [await stored(member, meeting, 'a.txt', pdf), await stored(member, meeting, 'b.txt', pdf)];
    const { message } = (await send(member, meeting, [two.id, one.id])).json();
    expect(message).toMatchObject({ text: 'b.txt\na.txt', files: [{ name: 'b.txt' }, { name: 'a.txt' }] });
    // A page of an earlier version knows no files.
    const { files: _, ...shape } = messageSchema.shape;
    expect(
      messageSchema.pick(Object.fromEntries(Object.keys(shape).map((key) => [key, true])) as never).parse(message),
    ).not.toHaveProperty('files');
    expectProblem(await ask(member, 'POST', `${meeting.code}/messages`, { clientId: randomUUID() }), 'request.invalid');
  });

  it.each([
    ['page.html', '<html><script>alert(1)</script>'],
    ['picture.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['picture.png', '<html><script>alert(1)</script>'],
  ])('that pretends to be something else is data to be saved: %s', async (name, text) => {
    const { meeting, member } = await scene();
    const message = await sent(member, meeting, name, Buffer.from(text));
    expect(message.files![0]!.picture).toBeNull();
    const { headers } = await read(member, meeting, message.files![0]!.id);
    expect([headers['content-type'], headers['content-disposition']]).toEqual([
      'application/octet-stream',
      `attachment; filename=${name}`,
    ]);
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\ada\\plan.doc', 'plan.doc'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['a\r\nSet-Cookie: x=1', 'aSet-Cookie_ x=1'],
    ['...hidden.. ', 'hidden'],
    [`${'n'.repeat(400)}.tar`, `${'n'.repeat(196)}.tar`],
  ])('has a clean name: %j', async (name, clean) => {
    const { meeting, member } = await scene();
    expect((await announce(member, meeting, name, 5)).json().file.name).toBe(clean);
  });

  it.each(['..', '/', ' \u200b ', 'a/'])('needs a name: %j', async (name) => {
    const { meeting, member } = await scene();
    expectProblem(await announce(member, meeting, name, 5), 'request.invalid');
  });

  it('that is a picture keeps no place, and has its size in pixels', async () => {
    const { meeting, member } = await scene();
    const place = Buffer.from('GPS 52.5200N');
    const png = Buffer.from(PNG, 'base64');
    const withPlace = Buffer.concat([png.subarray(0, 33), chunk('tEXt', place), png.subarray(33)]);
    const file = await stored(member, meeting, 'holiday.png', withPlace);
    expect(file).toMatchObject({
      size: png.length,
      picture: { type: 'image/png', width: 1, height: 1, preview: false },
    });
    const preview = await ask(member, 'PUT', `${meeting.code}/files/${file.id}/preview`, withPlace);
    expect(preview.json().file.picture.preview).toBe(true);
    await send(member, meeting, [file.id]);
    for (const part of ['content', 'preview']) {
      const answer = await read(member, meeting, file.id, part);
      expect(answer.rawPayload.equals(png)).toBe(true);
      expect(answer.headers['content-type']).toBe('image/png');
      expect(answer.headers['content-security-policy']).toBe("default-src 'none'; sandbox");
    }
    const damaged = (await announce(member, meeting, 'damaged.png', 40)).json().file.id;
    expectProblem(await upload(member, meeting, damaged, png.subarray(0, 40)), 'file.damaged');
    expect(onDisk().filter((name) => name.startsWith(damaged))).toEqual([]);
    expectProblem(
      await ask(member, 'PUT', `${meeting.code}/files/${damaged}/preview`, Buffer.from('<svg/>')),
      'avatar.unsupported',
    );
  });
});

describe('limits', () => {
  it('refuse a file before its bytes', async () => {
    const { meeting, member } = await scene();
    expectProblem(await announce(member, meeting, 'a.txt', 100_001), 'file.too_large');
    for (let file = 0; file < 2; file++)
      expect((await announce(member, meeting, 'a.txt', 100_000)).statusCode).toBe(201);
    expectProblem(await announce(member, meeting, 'a.txt', 50_001), 'file.storage_full');
    const other = await newMeeting(server, member);
    for (let file = 2; file < 20; file++) expect((await announce(member, other, 'a.txt', 1)).statusCode).toBe(201);
    expectProblem(await announce(member, other, 'a.txt', 1), 'limit.reached');
  });

  it.each([-1, 1])('refuse a body whose length differs by %i from the announcement', async (difference) => {
    const { meeting, member } = await scene();
    const { id } = (await announce(member, meeting, 'a.txt', 5000)).json().file;
    expectProblem(await upload(member, meeting, id, randomBytes(5000 + difference)), 'file.incomplete');
    expect(onDisk().filter((name) => name.startsWith(id))).toEqual([]);
    expectProblem(await send(member, meeting, [id], 'text'), 'file.not_found');
    // The same file again.
    expect((await upload(member, meeting, id, randomBytes(5000))).statusCode).toBe(200);
  });

  it(
    'allow only the types of the settings, or no files at all',
    async () => {
      const limited = await startServer({ files: { types: ['pdf'], total: 10_000 } });
      const off = await startServer({ files: { offered: false } });
      const before = server;
      try {
        server = limited;
        const { meeting, member } = await scene();
        expectProblem(await announce(member, meeting, 'run.pdf.exe', 5), 'file.type_refused');
        expect((await announce(member, meeting, 'Plan.PDF', 9000)).statusCode).toBe(201);
        expectProblem(await announce(member, meeting, 'b.pdf', 2000), 'file.storage_full');
        expect((await server.api.fastify.inject('/v1/server')).json().files.types).toEqual(['pdf']);
        server = off;
        const there = await scene();
        expectProblem(await announce(there.member, there.meeting, 'a.pdf', 5), 'file.not_offered');
        expect((await server.api.fastify.inject('/v1/server')).json().files).toBeNull();
      } finally {
        server = before;
        await Promise.all([limited.close(), off.close()]);
      }
    },
    STARTING,
  );

  it('end an upload that breaks off or makes no progress, but not a slow one', async () => {
    const { meeting, member } = await scene();
    await server.api.fastify.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.api.fastify.server.address() as AddressInfo;
    const begin = async (target: string, size: number, type = 'application/octet-stream') => {
      const socket = connect(port, '127.0.0.1');
      let answer = '';
      socket.on('data', (data) => (answer += data)).on('error', () => {});
      const closed = once(socket, 'close').then(() => answer);
      const head = `PUT /v1/meetings/${meeting.code}/${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${member.headers.authorization}\r\nContent-Type: ${type}\r\nContent-Length: ${size}\r\n\r\n`;
      await new Promise((resolve) => socket.write(head, resolve));
      return { socket, closed, answer: () => answer };
    };
    const ids: string[] = [];
    for (let file = 0; file < 3; file++) ids.push((await announce(member, meeting, 'a.txt', 80_000)).json().file.id);
    const [slow, idle, broken] = await Promise.all(ids.map((id) => begin(`files/${id}/content`, 80_000)));
    const json = await begin('read', 20, 'application/json');
    const parts = () => onDisk().filter((name) => name.endsWith('.unfinished')).length;
    slow!.socket.write(Buffer.alloc(70_000));
    for (const one of [idle, broken]) one!.socket.write(Buffer.alloc(5000));
    // All three are being stored.
    await expect.poll(parts).toBe(3);
    broken!.socket.destroy();
    await expect.poll(parts).toBe(2);
    await expect.poll(async () => bytesRead()).toBeGreaterThanOrEqual(75_000);
    await server.clock.advance(BODY_TIME);
    expect(await idle!.closed).toMatch(/^HTTP\/1.1 400 /);
    expect(await json.closed).toMatch(/^HTTP\/1.1 400 /);
    await expect.poll(parts).toBe(1);
    slow!.socket.write(Buffer.alloc(10_000));
    await expect.poll(slow!.answer).toMatch(/^HTTP\/1.1 200 /);
    slow!.socket.destroy();
    expect(onDisk().filter((name) => ids.some((id) => name.startsWith(id)))).toEqual([ids[0]]);
  });
});

/** Bytes that the server has read from all connections. */
async function bytesRead(): Promise<number> {
  return sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
}
const sockets: { bytesRead: number }[] = [];
beforeAll(() => void server.api.fastify.server.on('connection', (socket) => sockets.push(socket)));

describe('readers', () => {
  it('are those of the message: no strangers, no other meetings, and guests since they joined', async () => {
    const { meeting, member } = await scene();
    const { files: [file] = [] } = await sent(member, meeting, 'early.txt', pdf);
    await server.clock.advance(1000);
    const guest = await newCaller(server, meeting);
    await server.clock.advance(1000);
    expectProblem(await read(guest, meeting, file!.id), 'file.not_found');
    expect((await ask(guest, 'GET', `${meeting.code}/files`)).json().items).toEqual([]);
    const { files: [own] = [] } = await sent(guest, meeting, 'mine.txt', pdf);
    expect((await read(guest, meeting, own!.id)).statusCode).toBe(200);
    const stranger = await newPerson(server);
    expectProblem(await read(stranger, meeting, file!.id), 'meeting.not_found');
    const theirs = await newMeeting(server, stranger);
    expectProblem(await read(stranger, theirs, file!.id), 'file.not_found');
    expectProblem(await read({ headers: {} }, meeting, file!.id), 'account.required');
  });

  it('do not get, send or discard what another has not sent', async () => {
    const { meeting, member, host } = await scene();
    const file = await stored(member, meeting, 'draft.txt', pdf);
    expectProblem(await read(host, meeting, file.id), 'file.not_found');
    expectProblem(await send(host, meeting, [file.id]), 'file.not_found');
    expectProblem(await upload(host, meeting, file.id, pdf), 'file.not_found');
    expectProblem(await ask(host, 'DELETE', `${meeting.code}/files/${file.id}`), 'file.not_found');
    expect((await send(member, meeting, [file.id])).statusCode).toBe(201);
    // Neither twice, nor with other bytes afterwards.
    expectProblem(await send(member, meeting, [file.id]), 'file.not_found');
    expectProblem(await upload(member, meeting, file.id, pdf), 'file.not_found');
  });

  it('who may not write send no files', async () => {
    const { meeting, member, host } = await scene();
    const file = await announce(member, meeting, 'a.txt', 5);
    await server.queries
      .update(meetings)
      .set({ settings: { chat: 'moderators' } })
      .where(eq(meetings.id, meeting.id));
    expectProblem(await announce(member, meeting, 'a.txt', 5), 'permission.denied');
    expectProblem(await upload(member, meeting, file.json().file.id, Buffer.alloc(5)), 'permission.denied');
    expect((await announce(host, meeting, 'a.txt', 5)).statusCode).toBe(201);
  });
});

describe('deletion', () => {
  it('follows message, meeting and discarding; a crash in between leaves nothing', async () => {
    const { meeting, member, host } = await scene();
    const removed = await sent(member, meeting, 'a.txt', pdf);
    const discarded = await stored(member, meeting, 'b.txt', pdf);
    const other = await newMeeting(server, host);
    const inMeeting = await sent(host, other, 'c.txt', pdf);
    const kept = await sent(host, meeting, 'd.txt', pdf);
    await ask(host, 'DELETE', `${meeting.code}/messages/${removed.id}`);
    expectProblem(await read(host, meeting, removed.files![0]!.id), 'file.not_found');
    expect((await ask(host, 'GET', `${meeting.code}/messages`)).json().items.at(-1)).toMatchObject({
      text: '',
      files: [],
    });
    await ask(member, 'DELETE', `${meeting.code}/files/${discarded.id}`);
    await server.queries.delete(meetings).where(eq(meetings.id, other.id));
    const gone = [removed.files![0]!.id, discarded.id, inMeeting.files![0]!.id];
    expect(gone.every((id) => onDisk().includes(id))).toBe(true);
    await server.clock.advance(60_000);
    await expect.poll(() => onDisk().filter((name) => gone.includes(name))).toEqual([]);
    await expect
      .poll(async () => (await server.queries.select().from(files)).filter(({ id }) => gone.includes(id)))
      .toEqual([]);
    expect((await read(host, meeting, kept.files![0]!.id)).statusCode).toBe(200);
  });

  it(
    'of what was not sent happens a day later, also after a restart',
    async () => {
      const folder = await newDataFolder();
      mkdirSync(path.join(folder, 'files'), { recursive: true });
      const first = await startServer({ dataDir: folder });
      const before = server;
      try {
        server = first;
        const { meeting, member } = await scene();
        const orphan = await stored(member, meeting, 'orphan.txt', pdf);
        await first.queries.update(files).set({ createdAt: new Date(first.clock.date() - 86_400_001) });
        const fresh = await stored(member, meeting, 'fresh.txt', pdf);
        await first.close();
        const second = await startServer({ dataDir: folder });
        await second.clock.advance(30_000);
        await expect.poll(() => readdirSync(path.join(folder, 'files'))).toEqual([fresh.id]);
        expect(orphan.id).not.toBe(fresh.id);
        await second.close();
      } finally {
        server = before;
      }
    },
    STARTING,
  );
});

function chunk(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, Buffer.from(type, 'latin1'), content, Buffer.alloc(4)]);
}

/** One pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
