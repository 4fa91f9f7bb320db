import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { readAnswer, reflexiveAddress } from './stun-client.js';

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A STUN server that sends `answers` to each request. */
async function serve(answers: (request: Buffer, count: number, sender: RemoteInfo) => Buffer[]) {
  const socket = createSocket('udp4');
  servers.push(socket);
  let count = 0;
  socket.on('message', (request, sender) => {
    for (const answer of answers(request, ++count, sender)) socket.send(answer, sender.port, sender.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { host: '127.0.0.1', port: socket.address().port };
}

const options = { family: 4, deadline: 20_000, retransmitAfter: 10 } as const;
/** Retransmits in the deadline, and ends soon. */
const soon = { family: 4, deadline: 100, retransmitAfter: 10 } as const;

function answer(request: Buffer, type: number, ...attributes: [number, number[]][]): Buffer {
  const body = attributes.map(([name, value]) =>
    Buffer.from([name >> 8, name & 255, 0, value.length, ...value, ...Array((4 - (value.length % 4)) % 4).fill(0)]),
  );
  const header = Buffer.from(request.subarray(0, 20));
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(Buffer.concat(body).length, 2);
  return Buffer.concat([header, ...body]);
}

const XOR_203_0_113_7 = [0, 1, 0x33, 0x55, 203 ^ 0x21, 0 ^ 0x12, 113 ^ 0xa4, 7 ^ 0x42];
const SOFTWARE: [number, number[]] = [0x8022, [1, 2, 3, 4, 5]];

describe('a Binding transaction', () => {
  test('returns the address that the server saw', async () => {
    const server = await serve((request) => [answer(request, 0x0101, SOFTWARE, [0x0020, XOR_203_0_113_7])]);
    expect(await reflexiveAddress(server, options)).toBe('203.0.113.7');
  });

  test('repeats the request until an answer arrives', async () => {
    const server = await serve((request, count) =>
      count < 3 ? [] : [answer(request, 0x0101, [0x0001, [0, 1, 0, 9, 203, 0, 113, 8]])],
    );
    expect(await reflexiveAddress(server, options)).toBe('203.0.113.8');
  });

  test('ignores answers of other transactions, of other senders and garbage', async () => {
    const stranger = createSocket('udp4');
    servers.push(stranger);
    const server = await serve((request, count, sender) => {
      const other = Buffer.from(request);
      other[19] = other[19]! ^ 1;
      stranger.send(answer(request, 0x0101, [0x0020, [0, 1, 0, 0, 9, 9, 9, 9]]), sender.port, sender.address);
      const forged = answer(other, 0x0101, [0x0020, [0, 1, 0, 0, 8, 8, 8, 8]]);
      const garbage = [Buffer.from('hello'), Buffer.alloc(0), request, forged];
      return count < 2 ? garbage : [...garbage, answer(request, 0x0101, [0x0020, XOR_203_0_113_7])];
    });
    expect(await reflexiveAddress(server, options)).toBe('203.0.113.7');
  });

  test('fails on an error answer, on a silent server and on a name without an address', async () => {
    const refusing = await serve((request) => [answer(request, 0x0111, [0x0009, [0, 0, 4, 0]])]);
    await expect(reflexiveAddress(refusing, options)).rejects.toThrow('error');
    const silent = await serve(() => []);
    await expect(reflexiveAddress(silent, soon)).rejects.toThrow('did not answer');
    await expect(reflexiveAddress({ host: 'missing.invalid', port: 3478 }, soon)).rejects.toThrow();
  });
});

describe('an answer', () => {
  const transaction = Buffer.from('0123456789ab');
  const request = Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), transaction]);

  test('holds an IPv6 address in its canonical form', () => {
    const plain = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    const masked = plain.map((byte, i) => byte ^ request[4 + i]!);
    const message = answer(request, 0x0101, [0x0020, [0, 2, 0, 0, ...masked]]);
    expect(readAnswer(message, transaction)).toEqual({ mapped: '2001:db8::1' });
  });

  test('cut or filled anywhere throws nothing', () => {
    const message = answer(request, 0x0101, SOFTWARE, [0x0020, XOR_203_0_113_7]);
    for (let length = 0; length < message.length; length++) {
      const cut = readAnswer(message.subarray(0, length), transaction);
      expect(cut?.mapped).toBeUndefined();
    }
    for (let i = 20; i < message.length; i++) {
      for (const byte of [0, 1, 2, 255]) {
        const changed = Buffer.from(message);
        changed[i] = byte;
        const { mapped } = readAnswer(changed, transaction) ?? {};
        expect(mapped === undefined || /^[\d.:a-f]+$/.test(mapped)).toBe(true);
      }
    }
  });
});
