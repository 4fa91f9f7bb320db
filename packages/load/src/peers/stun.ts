import { createHmac, randomBytes } from 'node:crypto';
import { Attribute, BindingType, type Hmac, StunWriter } from '@waterbus/stun';

/**
 * A binding request of a controlling ICE agent, which nominates the pair or only checks it
 * (RFC 8445 section 7.2.2).
 */
export function bindingRequest(username: string, password: string, nominate: boolean): Buffer {
  const message = Buffer.alloc(512);
  const writer = new StunWriter(message)
    .begin(BindingType.Request, randomBytes(12), 0)
    .attribute(Attribute.Username, Buffer.from(username))
    .attribute(Attribute.Priority, Buffer.from([0x6e, 0x00, 0x1e, 0xff]))
    .attribute(Attribute.IceControlling, randomBytes(8));
  if (nominate) writer.attribute(Attribute.UseCandidate, Buffer.alloc(0));
  const length = writer.integrity('sha1', Buffer.from(password), hmacSha1).fingerprint().finish();
  return message.subarray(0, length);
}

export function isBindingSuccess(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0x01 && bytes[offset + 1] === 0x01;
}

const hmacSha1: Hmac = (key, data) => createHmac('sha1', key).update(data).digest();
