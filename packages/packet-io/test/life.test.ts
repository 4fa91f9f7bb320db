import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { openPacketSocket, type PacketSocketOptions, RECEIVE_WORDS, ReceiveKind, SEND_WORDS } from '../src/index.js';
import { rtp, send } from './packets.js';
import { connect, Peer } from './peer.js';
import { Stranger, stun } from './stranger.js';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
function keep<T extends { close(): void }>(one: T): T {
  open.push(one);
  return one;
}

const onBatch = () => {};

test('a taken port throws an error with its code', () => {
  const { port } = keep(openPacketSocket({ port: 0, onBatch }));
  expect(() => openPacketSocket({ port, onBatch })).toThrow(
    expect.objectContaining({ code: 'EADDRINUSE', port, message: expect.stringContaining(String(port)) }),
  );
});

test('an address of another host throws an error with its code', () => {
  expect(() => openPacketSocket({ address: '192.0.2.1', port: 0, onBatch })).toThrow(
    expect.objectContaining({ code: 'EADDRNOTAVAIL' }),
  );
  expect(() => openPacketSocket({ address: 'not an address', port: 0, onBatch })).toThrow(
    expect.objectContaining({ code: 'EINVAL' }),
  );
});

test.each<Partial<PacketSocketOptions>>([
  { port: 65_536 },
  { port: -1 },
  { port: 1.5 },
  { port: Number.NaN },
  { maxSessions: 0 },
  { callerBytes: -1 },
  { callerBytes: 2 ** 31 },
  { receiveBatch: 0 },
  { sendCapacity: 0 },
  { socketBuffer: 0 },
  { dtlsMtu: 10 },
  { srtpProfiles: [] },
  { srtpProfiles: ['NULL' as never] },
])('the option %o is refused', (option) => {
  expect(() => openPacketSocket({ port: 0, onBatch, ...option })).toThrow(RangeError);
});

test('arena, records and descriptors do not overlap, and the caller has the size it requested', () => {
  const socket = keep(openPacketSocket({ port: 0, onBatch, callerBytes: 12_345, sendCapacity: 10, receiveBatch: 2 }));
  expect(socket.callerBytes).toBe(12_345);
  expect(socket.callerOffset + socket.callerBytes).toBeLessThanOrEqual(socket.arena.length);
  expect(socket.sends.length).toBe(10 * SEND_WORDS);
  expect(socket.received.length).toBeGreaterThanOrEqual(2 * RECEIVE_WORDS);
  const ends = (array: Uint8Array | Int32Array) => array.byteOffset + array.byteLength;
  expect(ends(socket.received)).toBeLessThanOrEqual(socket.sends.byteOffset);
  expect(ends(socket.sends)).toBeLessThanOrEqual(socket.callerOffset);
  expect(socket.fingerprint.value).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

test('the same socket uses IPv4 and IPv6', async () => {
  const dual = keep(new Peer({ address: undefined }));
  const v4 = keep(new Peer({ address: '127.0.0.1' }));
  v4.socket.sendTo(v4.addressOf(dual.socket.port), v4.place(stun(4)), 20);
  await dual.until((all) => all.length === 1);
  expect(dual.received[0]!.address[0]).toBe(4);
  dual.socket.sendTo(dual.place(dual.received[0]!.address), dual.place(stun(5)), 20);
  await v4.until((all) => all.length === 1);
  if (dual.socket.address !== '::') return;
  const v6 = keep(new Peer({ address: '::1' }));
  const record = Buffer.alloc(40);
  record[0] = 6;
  record.writeUInt16BE(dual.socket.port, 2);
  record[19] = 1;
  v6.socket.sendTo(v6.place(record), v6.place(stun(6)), 20);
  await dual.until((all) => all.length === 2);
  expect(dual.received[1]!.address[0]).toBe(6);
  expect(dual.received[1]!.address[35]).toBe(1);
  dual.socket.sendTo(dual.place(dual.received[1]!.address), dual.place(stun(7)), 20);
  await v6.until((all) => all.length === 1);
});

test('an IPv4 socket refuses an IPv6 address with an error', () => {
  const v4 = keep(new Peer());
  const record = Buffer.alloc(40);
  record[0] = 6;
  const session = v4.socket.openSession();
  expect(() => v4.socket.setAddress(session, v4.place(record))).toThrow(RangeError);
});

test('many datagrams arrive in batches, one call for many of them, on the clock of performance.now()', async () => {
  const calls: { count: number; now: number; at: number }[] = [];
  const peer = keep(new Peer());
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let total = 0;
  const socket = keep(
    openPacketSocket({
      address: '127.0.0.1',
      port: 0,
      onBatch: (count, now) => {
        calls.push({ count, now, at: performance.now() });
        total += count;
        if (total === 200) finish();
      },
    }),
  );
  const to = peer.addressOf(socket.port);
  const bytes = peer.place(stun(2));
  const sentAt = performance.now();
  for (let i = 0; i < 200; i++) peer.socket.sendTo(to, bytes, 20);
  await finished;
  expect(calls.length).toBeLessThan(10);
  for (const { now, at } of calls) {
    expect(now).toBeLessThanOrEqual(at + 1);
    expect(now).toBeGreaterThanOrEqual(sentAt - 1);
  }
  expect(socket.counters()).toMatchObject({ receivedDatagrams: 200, receivedBytes: 4000 });
});

test('after close every call throws, closing again does nothing, and the memory is still there', async () => {
  const { server, client, serverSession } = await connect();
  keep(client);
  const { socket } = server;
  socket.close();
  socket.close();
  for (const call of [
    () => socket.openSession(),
    () => socket.flush(0),
    () => socket.counters(),
    () => socket.closeSession(serverSession),
    () => socket.sendTo(0, 0, 1),
  ]) {
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_CLOSED' }));
  }
  socket.arena.fill(1, socket.callerOffset, socket.callerOffset + 100);
  expect(socket.received[0]).toBeDefined();
  // The client received the notice.
  await client.until((all) => all.filter((r) => r.kind === ReceiveKind.Dtls).length === 3);
});

test('a socket may be closed from within onBatch, in the middle of a batch', async () => {
  const stranger = keep(await Stranger.open());
  const peer = new Peer();
  let calls = 0;
  peer.onRecord = () => {
    calls++;
    peer.close();
  };
  const { port } = peer.socket;
  stranger.send(port, stun(1), stun(2), stun(3));
  await peer.until(() => calls > 0);
  const next = keep(new Peer({ port }));
  stranger.send(next.socket.port, stun(4));
  await next.until((all) => all.length > 0);
});

test('flushing from within onBatch echoes the datagrams received', async () => {
  const { server, client, serverSession, clientSession } = await connect();
  keep(server);
  keep(client);
  server.onRecord = (record) => {
    if (record.kind === ReceiveKind.Rtp) send(server, { session: serverSession, packet: record.bytes });
  };
  const packet = rtp({ payload: Buffer.from('echo') });
  send(client, { session: clientSession, packet });
  await client.until((all) => all.some((r) => r.kind === ReceiveKind.Rtp));
  expect(client.of(ReceiveKind.Rtp)[0]!.bytes).toEqual(packet);
});

// Other processes and threads load the addon without TypeScript.
const openNative = `
  const native = process.env.PACKET_IO_ADDON
    ? require(process.env.PACKET_IO_ADDON)
    : require('node-gyp-build')(${JSON.stringify(fileURLToPath(new URL('..', import.meta.url)))});
  const open = (onBatch) => native.openPacketSocket({
    address: '127.0.0.1', port: 0, extraPorts: [], maxSessions: 4, callerBytes: 4096, receiveBatch: 16, sendCapacity: 16,
    socketBuffer: 65536, profiles: 'SRTP_AEAD_AES_128_GCM', disableGso: false, dtlsMtu: 1200, clockOffset: 0,
    incoming: { packets: 1e9, bits: 1e12, stun: 1e9, dtls: 1e9, strangerStun: 1e9, strangersStun: 1e9, patience: 1 }, queueAge: 100,
    tcp: false,
    tcpLimits: { connections: 1, connectionsOfAddress: 1, strangers: 1, strangersOfAddress: 1, patience: 1, idle: 1, queueBytes: 1, queueAge: 1 },
    onBatch,
  });`;

test('an exception in onBatch is an uncaught exception of the process, not a silent one', async () => {
  const script = `${openNative}
    const socket = open(() => { throw new Error('engine broke'); });
    require('node:dgram').createSocket('udp4').send(Buffer.alloc(20), socket.port, '127.0.0.1');`;
  await expect(run(script)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('engine broke') });
});

test('an open socket keeps the process alive, a closed one lets it end', async () => {
  const script = `${openNative}
    const socket = open(() => {});
    setTimeout(() => { console.log('still here'); socket.close(); }, 10).unref();`;
  expect((await run(script)).stdout).toBe('still here\n');
});

test('a process may end while a socket is open', async () => {
  await expect(run(`${openNative} open(() => {}); process.exit(7);`)).rejects.toMatchObject({ code: 7 });
});

test('a thread may be terminated while its socket is open, which frees the port', async () => {
  const script = `${openNative} require('node:worker_threads').parentPort.postMessage(open(() => {}).port);`;
  const worker = new Worker(script, { eval: true, execArgv: [] });
  const [port] = await once(worker, 'message');
  await worker.terminate();
  keep(new Peer({ port }));
});

function run(script: string) {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  return promisify(execFile)(process.execPath, ['--input-type=commonjs', '--eval', script], { cwd });
}
