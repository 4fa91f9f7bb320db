import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A binding request of a controlling ICE agent that nominates at once (RFC 8445 section 7.2.2). */
export function bindingRequest(username: string, password: string): Buffer {
  const message = Buffer.alloc(512);
  let length = 20;
  const attribute = (type: number, value: Buffer) => {
    message.writeUInt16BE(type, length);
    message.writeUInt16BE(value.length, length + 2);
    value.copy(message, length + 4);
    length += 4 + Math.ceil(value.length / 4) * 4;
  };
  const size = (bytes: number) => message.writeUInt16BE(bytes, 2);
  message.writeUInt16BE(BINDING_REQUEST, 0);
  message.writeUInt32BE(MAGIC_COOKIE, 4);
  randomBytes(12).copy(message, 8);
  attribute(USERNAME, Buffer.from(username));
  attribute(PRIORITY, Buffer.from([0x6e, 0x00, 0x1e, 0xff]));
  attribute(ICE_CONTROLLING, randomBytes(8));
  attribute(USE_CANDIDATE, Buffer.alloc(0));
  // Both sums cover a header whose length includes all bytes up to the end of their own attribute
  // (RFC 8489 sections 14.5 and 14.7).
  size(length - 20 + 24);
  attribute(MESSAGE_INTEGRITY, createHmac('sha1', password).update(message.subarray(0, length)).digest());
  size(length - 20 + 8);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE((crc32(message.subarray(0, length)) ^ FINGERPRINT_XOR) >>> 0);
  attribute(FINGERPRINT, sum);
  return message.subarray(0, length);
}

export function isBindingSuccess(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0x01 && bytes[offset + 1] === 0x01;
}

const BINDING_REQUEST = 0x0001;
const MAGIC_COOKIE = 0x2112a442;
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const PRIORITY = 0x0024;
const USE_CANDIDATE = 0x0025;
const ICE_CONTROLLING = 0x802a;
const FINGERPRINT = 0x8028;
const FINGERPRINT_XOR = 0x5354554e;
