import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';

export interface StunServer {
  /** A name or an IP address. */
  host: string;
  port: number;
}

export interface BindingOptions {
  family: 4 | 6;
  /** Milliseconds until the request fails. */
  deadline: number;
  /** Milliseconds until the first retransmission; each later one waits twice as long. */
  retransmitAfter?: number;
}

/**
 * The address from which a STUN server receives this host's datagrams: one Binding transaction
 * without credentials over UDP (RFC 8489 sections 6 and 7). Rejects when the name has no address of
 * the family, the network is unreachable, the server answers with an error or not at all.
 */
export async function reflexiveAddress(server: StunServer, options: BindingOptions): Promise<string> {
  const { family, deadline, retransmitAfter = RETRANSMIT_AFTER } = options;
  const { address } = await lookup(server.host, { family });
  const transactionId = randomBytes(TRANSACTION_ID_BYTES);
  const request = bindingRequest(transactionId);
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
  const timers: NodeJS.Timeout[] = [];
  try {
    return await new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (message, sender) => {
        if (sender.port !== server.port || !sameHost(sender.address, address)) return;
        const answer = readAnswer(message, transactionId);
        if (answer?.mapped) resolve(answer.mapped);
        else if (answer) reject(new Error(`${server.host} answered with an error`));
      });
      timers.push(setTimeout(() => reject(new Error(`${server.host} did not answer`)), deadline));
      for (let at = 0, wait = retransmitAfter; at < deadline; at += wait, wait *= 2) {
        timers.push(setTimeout(() => send(socket, request, server.port, address, reject), at));
      }
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    socket.close();
  }
}

function send(socket: Socket, request: Buffer, port: number, address: string, failed: (error: Error) => void): void {
  socket.send(request, port, address, (error) => {
    if (error) failed(error);
  });
}

function sameHost(sender: string, address: string): boolean {
  return sender.replace(/%.*$/, '') === address.replace(/%.*$/, '');
}

function bindingRequest(transactionId: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(BINDING_REQUEST, 0);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  transactionId.copy(header, 8);
  return header;
}

/**
 * The answer to the transaction: `{}` for an error or an answer without an address, undefined for
 * anything else.
 */
export function readAnswer(message: Buffer, transactionId: Buffer): { mapped?: string } | undefined {
  if (message.length < HEADER_BYTES || message.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
  if (!message.subarray(8, HEADER_BYTES).equals(transactionId)) return undefined;
  const type = message.readUInt16BE(0);
  if (type === BINDING_ERROR) return {};
  if (type !== BINDING_SUCCESS) return undefined;
  const end = HEADER_BYTES + message.readUInt16BE(2);
  if (end > message.length) return {};
  let mapped: string | undefined;
  for (let at = HEADER_BYTES; at + 4 <= end; ) {
    const attribute = message.readUInt16BE(at);
    const length = message.readUInt16BE(at + 2);
    const value = message.subarray(at + 4, Math.min(at + 4 + length, end));
    if (attribute === XOR_MAPPED_ADDRESS)
      return { mapped: addressOf(value, message.subarray(4, HEADER_BYTES)) } as object;
    if (attribute === MAPPED_ADDRESS) mapped = addressOf(value, NO_MASK);
    at += 4 + ((length + 3) & ~3);
  }
  return mapped === undefined ? {} : { mapped };
}

/** The address in a (XOR-)MAPPED-ADDRESS value: family in byte 1, port in bytes 2-3, address. */
function addressOf(value: Buffer, mask: Buffer): string | undefined {
  const bytes = [...value.subarray(4)].map((byte, index) => byte ^ mask[index]!);
  if (value[1] === 1 && bytes.length === 4) return bytes.join('.');
  if (value[1] !== 2 || bytes.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  // The URL parser writes IPv6 addresses in their canonical form (RFC 5952).
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;
const MAPPED_ADDRESS = 0x0001;
const XOR_MAPPED_ADDRESS = 0x0020;
const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
const TRANSACTION_ID_BYTES = 12;
const NO_MASK = Buffer.alloc(16);
/** Milliseconds, RFC 8489 section 6.2.1. */
const RETRANSMIT_AFTER = 500;
