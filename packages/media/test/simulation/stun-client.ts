import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Builds Binding requests as a full ICE agent does, independently of the engine's own builder. */
export function bindingRequest(options: {
  username?: string;
  password?: string;
  useCandidate?: boolean;
  controlled?: boolean;
  extra?: { type: number; value: Uint8Array }[];
  fingerprint?: boolean;
  /** Without the attributes of ICE. */
  plain?: boolean;
}): Uint8Array {
  const attributes: Buffer[] = [];
  if (options.username !== undefined) attributes.push(attribute(0x0006, Buffer.from(options.username)));
  for (const { type, value } of options.extra ?? []) attributes.push(attribute(type, Buffer.from(value)));
  if (!options.plain) {
    attributes.push(attribute(options.controlled ? 0x8029 : 0x802a, Buffer.alloc(8, 7)));
    attributes.push(attribute(0x0024, Buffer.from([0x6e, 0, 1, 0xff])));
  }
  if (options.useCandidate) attributes.push(attribute(0x0025, Buffer.alloc(0)));
  let message = withLength(Buffer.concat([HEADER, ...attributes]), 0);
  if (options.password !== undefined) {
    const signed = withLength(message, 24);
    message = Buffer.concat([signed, attribute(0x0008, createHmac('sha1', options.password).update(signed).digest())]);
  }
  if (options.fingerprint !== false) {
    const summed = withLength(message, 8);
    const value = Buffer.alloc(4);
    value.writeUInt32BE((crc32(summed) ^ 0x5354554e) >>> 0);
    message = Buffer.concat([summed, attribute(0x8028, value)]);
  }
  return message;
}

/** The answer of a peer to a Binding request, which it reads by itself. */
export function bindingAnswer(request: Uint8Array, password: string): Uint8Array {
  const header = Buffer.from(request.subarray(0, 20));
  header.writeUInt16BE(0x0101, 0);
  const mapped = attribute(0x0020, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]));
  const signed = withLength(Buffer.concat([header, mapped]), 24);
  const message = Buffer.concat([signed, attribute(0x0008, createHmac('sha1', password).update(signed).digest())]);
  const summed = withLength(message, 8);
  const value = Buffer.alloc(4);
  value.writeUInt32BE((crc32(summed) ^ 0x5354554e) >>> 0);
  return Buffer.concat([summed, attribute(0x8028, value)]);
}

function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

/** A copy whose length field counts `more` further bytes. */
function withLength(message: Buffer, more: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(message.length - 20 + more, 2);
  return copy;
}

const HEADER = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');
