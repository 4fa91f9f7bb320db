import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import {
  Attribute,
  BindingType,
  equalBytes,
  MessageClass,
  Method,
  parseStun,
  readAddress,
  readXorAddress,
  TRANSACTION_ID_BYTES,
  writeMessage,
} from '@waterbus/stun';

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
  const { Request: messageClass } = MessageClass;
  const request = writeMessage({ method: Method.Binding, messageClass, transactionId, attributes: [] });
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

function send(
  socket: Socket,
  request: Uint8Array,
  port: number,
  address: string,
  failed: (error: Error) => void,
): void {
  socket.send(request, port, address, (error) => {
    if (error) failed(error);
  });
}

function sameHost(sender: string, address: string): boolean {
  return sender.replace(/%.*$/, '') === address.replace(/%.*$/, '');
}

/**
 * The answer to the transaction: `{}` for an error or an answer without an address, undefined for
 * anything else.
 */
export function readAnswer(bytes: Uint8Array, transactionId: Uint8Array): { mapped?: string } | undefined {
  const message = parseStun(bytes);
  if (!message || !equalBytes(message.transactionId, transactionId)) return undefined;
  if (message.type === BindingType.Error) return {};
  if (message.type !== BindingType.Success) return undefined;
  const xored = message.value(Attribute.XorMappedAddress);
  const plain = message.value(Attribute.MappedAddress);
  const endpoint = xored ? readXorAddress(xored, transactionId) : plain && readAddress(plain);
  return endpoint ? { mapped: endpoint.address } : {};
}

/** Milliseconds, RFC 8489 section 6.2.1. */
const RETRANSMIT_AFTER = 500;
