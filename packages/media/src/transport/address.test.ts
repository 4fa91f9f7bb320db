import { expect, it } from 'vitest';
import { endpointText } from './address.js';

it.each([
  ['192.0.2.1:5000', [4, 0, 0x13, 0x88, 192, 0, 2, 1]],
  ['[2001:db8::1]:443', [6, 0, 1, 0xbb, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['[::]:1', [6, 0, 0, 1]],
  ['[fe80::1:0:0:1]:1', [6, 0, 0, 1, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]],
  ['[1:0:1:1:1:1:1:1]:1', [6, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]],
])('writes %s', (text, bytes) => {
  const record = new Uint8Array(40);
  record.set(bytes);
  expect(endpointText(record, 0)).toBe(text);
});
