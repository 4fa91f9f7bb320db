import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CallOutcome } from '../calls/answer-call.js';
import { mediaCallNames } from '../calls/media-calls.js';
import type { MediaNodeEvent } from '../media-node.js';
import { createMediaHost, type MediaHostOptions, type WorkerHost } from './media-host.js';

// A process that compiles its own sources takes seconds to start on a machine with all cores busy.

const hosts: WorkerHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

async function open(options: Partial<MediaHostOptions> = {}): Promise<WorkerHost> {
  const host = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: 'test', ...options });
  hosts.push(host);
  return host;
}

function change(host: WorkerHost, type: 'added' | 'lost'): Promise<string> {
  return new Promise((resolve) => {
    const stop = host.onChange((event) => {
      if (event.type !== type) return;
      stop();
      resolve(event.node.id);
    });
  });
}

describe('workers', () => {
  // Only Linux exposes the environment of another process.
  test.runIf(process.platform === 'linux')('have no secret of the server, nor has the spare one', async () => {
    const secrets = {
      SECRET: 'canary-secret',
      DATABASE_URL: 'postgres://canary-database',
      REDIS_URL: 'redis://canary-redis',
      SMTP_URL: 'smtp://canary-mail',
      OIDC_CLIENT_SECRET: 'canary-oidc',
      S3_SECRET_ACCESS_KEY: 'canary-s3',
      API_KEYS: 'canary-keys',
      SETTING_OF_TOMORROW: 'canary-tomorrow',
    };
    for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value);
    vi.stubEnv('TZ', 'Pacific/Kiritimati');
    try {
      const host = await open();
      const workers = () => childrenOf(process.pid).filter(({ command }) => command.includes('waterbus-media'));
      await vi.waitFor(() => expect(workers()).toHaveLength(2), { timeout: 30_000 });
      expect(workers().map(({ pid }) => pid)).toContain(host.nodes()[0]!.pid);
      for (const { environment } of workers()) {
        expect(environment).not.toContain('canary');
        expect(environment).toContain('TZ=Pacific/Kiritimati');
        expect(environment).toContain('PATH=');
      }
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('are processes with a port each, and answer calls', async () => {
    const host = await open({ workers: 2, announcedAddresses: ['192.0.2.1', '127.0.0.1'] });
    const [first, second] = host.nodes();
    expect(first!.pid).not.toBe(second!.pid);
    expect(first!.port).not.toBe(second!.port);
    expect(new Set([first!.id, second!.id]).size).toBe(2);
    const capabilities = await first!.openRouter('room');
    expect(capabilities.codecs!.map((codec) => codec.mimeType)).toEqual(
      expect.arrayContaining(['audio/opus', 'video/VP8']),
    );
    const transport = await first!.openTransport({ routerId: 'room', transportId: 't1' });
    expect(transport.iceCandidates).toMatchObject([
      { address: '192.0.2.1', port: first!.port, protocol: 'udp' },
      { address: '127.0.0.1', port: first!.port, protocol: 'udp' },
      { address: '192.0.2.1', port: first!.port, protocol: 'tcp', tcpType: 'passive' },
      { address: '127.0.0.1', port: first!.port, protocol: 'tcp', tcpType: 'passive' },
    ]);
    await expect(second!.openTransport({ routerId: 'room', transportId: 't2' })).rejects.toMatchObject({
      code: 'not-found',
    });
    await first!.closeRouter('room');
    await expect(first!.restartIce('t1')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('announce other addresses to the transports opened after a change', async () => {
    const host = await open({ announcedAddresses: ['192.0.2.1'] });
    const [node] = host.nodes();
    await node!.openRouter('room');
    node!.announce(['203.0.113.7', '192.0.2.1']);
    const transport = await node!.openTransport({ routerId: 'room', transportId: 't1' });
    expect(transport.iceCandidates.map(({ address }) => address)).toEqual(
      expect.arrayContaining(['203.0.113.7', '192.0.2.1']),
    );
  });

  test('announce their extra ports below their own ones, and name one that is taken', async () => {
    const taken = createSocket('udp4').bind(0);
    await once(taken, 'listening');
    const { port } = taken.address();
    const options = { workers: 2, announcedAddresses: ['192.0.2.1', '192.0.2.2'], extraPorts: [port] };
    await expect(open(options)).rejects.toMatchObject({ code: 'EADDRINUSE', port });
    taken.close();
    await once(taken, 'close');
    const [first, second] = (await open(options)).nodes();
    const candidatesOf = async (node: typeof first) => {
      await node!.openRouter('room');
      const { iceCandidates } = await node!.openTransport({ routerId: 'room', transportId: 't' });
      return iceCandidates.map(({ protocol, address, port }) => `${protocol} ${address}:${port}`);
    };
    const at = (protocol: string, port: number) => [`${protocol} 192.0.2.1:${port}`, `${protocol} 192.0.2.2:${port}`];
    expect(await candidatesOf(first)).toEqual([
      ...at('udp', first!.port),
      ...at('udp', port),
      ...at('tcp', first!.port),
    ]);
    expect(await candidatesOf(second)).toEqual([...at('udp', second!.port), ...at('tcp', second!.port)]);
  });

  test('take extra ports in turn', async () => {
    const sockets = [1, 2, 3].map(() => createSocket('udp4').bind(0));
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
    const extraPorts = sockets.map((socket) => socket.address().port);
    await Promise.all(sockets.map((socket) => once(socket.close(), 'close')));
    const host = await open({ workers: 2, announcedAddresses: ['192.0.2.1'], extraPorts });
    const portsOf = host.nodes().map((node) => node.endpoints().map(({ port }) => port));
    const [first, second] = host.nodes();
    expect(portsOf).toEqual([
      [first!.port, extraPorts[0], extraPorts[2]],
      [second!.port, extraPorts[1]],
    ]);
  });

  test('answer every method with arguments of any shape, and continue', async () => {
    const logged: unknown[] = [];
    const error = (details: Record<string, unknown>) => void logged.push(details);
    const host = await open({ logger: { debug: () => {}, info: () => {}, warn: () => {}, error } });
    const [node] = host.nodes();
    await node!.openRouter('room');
    await node!.openTransport({ routerId: 'room', transportId: 't1' });
    const send = (method: string, args: unknown) =>
      (node as unknown as { send(method: string, args: unknown): Promise<CallOutcome> }).send(method, args);
    const hostile = [[], [null], [7], ['x'], [[]], [{}], [{ transportId: null }], null, 'x', { length: 1 }];
    let internal = 0;
    for (const method of [...mediaCallNames, 'constructor', '__proto__', '']) {
      for (const args of hostile) {
        const outcome = await send(method, args);
        if (!outcome.ok && outcome.code === 'internal-error') internal += 1;
      }
    }
    expect(internal).toBeGreaterThan(0);
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.length).toBeLessThanOrEqual(internal);
    expect(JSON.stringify(logged[0])).toContain('TypeError');
    expect(host.nodes()).toEqual([node]);
    expect((await node!.restartIce('t1')).iceLite).toBe(true);
  });

  test('keep the code of a refusal, and resist hostile parameters', async () => {
    const [node] = (await open()).nodes();
    await node!.openRouter('room');
    await node!.openTransport({ routerId: 'room', transportId: 't1' });
    const hostile = [undefined, null, 7, 'x', [], {}, { fingerprints: 'x' }, { role: 'server', fingerprints: [{}] }];
    for (const parameters of hostile) {
      await expect(node!.connectTransport('t1', parameters as never)).rejects.toMatchObject({
        code: 'invalid-parameters',
      });
      await expect(
        node!.produce({
          transportId: 't1',
          producerId: 'p',
          kind: 'video',
          rtpParameters: parameters as never,
          paused: false,
        }),
      ).rejects.toMatchObject({ code: 'invalid-parameters' });
    }
    expect(await node!.openRouter('room')).toBeDefined();
  });

  test('report their load every second', async () => {
    const [node] = (await open()).nodes();
    await node!.openRouter('room');
    await node!.openTransport({ routerId: 'room', transportId: 't1' });
    await expect.poll(() => node!.load(), { timeout: 10_000 }).toMatchObject({ transports: 1, producers: 0 });
    expect(node!.load().cpu).toBeGreaterThan(0);
  });

  test('report the totals of their socket and the distributions of their paths', async () => {
    const [node] = (await open()).nodes();
    expect(node!.place).toBe(0);
    await expect
      .poll(() => node!.figures(), { timeout: 10_000 })
      .toMatchObject({
        io: { receivedDatagrams: 0, kernelDrops: 0, gsoRuns: 0 },
        cpuSeconds: expect.any(Number),
        connections: { udp: 0, tcp: 0 },
        roundTripTime: { counts: expect.arrayContaining([0]), sum: 0 },
      });
    const late = () => node!.figures()!.eventLoopDelay.counts.reduce((sum, count) => sum + count, 0);
    await expect.poll(late, { timeout: 10_000 }).toBeGreaterThan(0);
  });

  test('report the forwarding of each sending transport', async () => {
    const [node] = (await open()).nodes();
    const rtpCapabilities = await node!.openRouter('room');
    for (const transportId of ['ada', 'ben']) await node!.openTransport({ routerId: 'room', transportId });
    const codecs = [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }];
    const rtpParameters = { codecs, encodings: [{ ssrc: 1 }] };
    await node!.produce({ transportId: 'ada', producerId: 'p', kind: 'audio', rtpParameters, paused: false });
    expect(node!.forwardingWeights()).toEqual([]);
    await node!.consume({ transportId: 'ben', consumerId: 'c', producerId: 'p', rtpCapabilities, paused: false });
    await expect.poll(() => node!.forwardingWeights(), { timeout: 10_000 }).toEqual([['ada', 1]]);
    await node!.closeTransport('ben');
    await expect.poll(() => node!.forwardingWeights(), { timeout: 10_000 }).toEqual([]);
  });
});

describe('a taken port', () => {
  test('is reported with code, call and number, and leaves no worker behind', async () => {
    const taken = createSocket({ type: 'udp6', ipv6Only: false });
    taken.bind(0);
    await once(taken, 'listening');
    const { port } = taken.address();
    await expect(open({ basePort: port })).rejects.toMatchObject({ code: 'EADDRINUSE', syscall: 'bind', port });
    taken.close();
  });
});

describe('R11: a crashed worker', () => {
  test('is replaced by another node on the same port; its pending calls are rejected', async () => {
    const host = await open({ workers: 2 });
    const [node, sibling] = host.nodes();
    await node!.openRouter('room');
    const events: MediaNodeEvent[] = [];
    node!.onEvent((event) => events.push(event));
    const [lost, added] = [change(host, 'lost'), change(host, 'added')];
    process.kill(node!.pid, 'SIGSTOP');
    const pending = node!.openTransport({ routerId: 'room', transportId: 't1' });
    process.kill(node!.pid, 'SIGKILL');
    await expect(pending).rejects.toMatchObject({ code: 'node-lost' });
    expect(await lost).toBe(node!.id);
    expect(events).toMatchObject([{ type: 'lost' }]);
    await expect(node!.openRouter('room')).rejects.toMatchObject({ code: 'node-lost' });

    const replacement = host.nodes().find(({ id }) => id !== sibling!.id) ?? undefined;
    const id = replacement?.id ?? (await added);
    const restarted = host.nodes().find((candidate) => candidate.id === id)!;
    expect(id).not.toBe(node!.id);
    expect(restarted.port).toBe(node!.port);
    expect(restarted.place).toBe(node!.place);
    expect(host.losses()).toBe(1);
    expect(await restarted.openRouter('room')).toBeDefined();
    expect(await sibling!.openRouter('room')).toBeDefined();
  });

  test('may also hang: it is ended and replaced', async () => {
    const host = await open();
    const [node] = host.nodes();
    const [lost, added] = [change(host, 'lost'), change(host, 'added')];
    process.kill(node!.pid, 'SIGSTOP');
    await expect(node!.openRouter('room')).rejects.toMatchObject({ code: 'node-lost' });
    expect(await lost).toBe(node!.id);
    expect(await added).not.toBe(node!.id);
    expect(await host.nodes()[0]!.openRouter('room')).toBeDefined();
  });
});

function childrenOf(parent: number): { pid: number; command: string; environment: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const read = (file: string) => readFileSync(`/proc/${name}/${file}`, 'latin1');
        // The command's name, in parentheses, may have spaces.
        const [, parentPid] = read('stat')
          .replace(/^.*\) /s, '')
          .split(' ');
        if (Number(parentPid) !== parent) return [];
        return [{ pid: Number(name), command: read('cmdline'), environment: read('environ') }];
      } catch {
        // It has ended in the meantime.
        return [];
      }
    });
}
