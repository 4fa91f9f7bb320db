import { readdirSync } from 'node:fs';
import path from 'node:path';
import { LARGEST_AVATAR, userSchema } from '@waterbus/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, newDataFolder, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';

let server: ServerUnderTest;
let dataDir: string;
beforeAll(async () => {
  dataDir = await newDataFolder();
  server = await startServer({ dataDir });
}, STARTING);
afterAll(() => server.close());

/** One pixel each, as an encoder wrote them. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const webp = Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', 'base64');
const jpeg = Buffer.concat([
  Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  Buffer.from('ffc0000b080001000101011100ffda0008010100003f00', 'hex'),
  Buffer.from('37ffd9', 'hex'),
]);
/** The header of a PNG of this size in pixels. */
function pngOf(width: number, height: number): Buffer {
  const bytes = Buffer.from(png);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

const put = (asker: Asker, payload: Buffer | string, type: string | undefined = 'application/octet-stream') =>
  server.api.fastify.inject({
    method: 'PUT',
    url: '/v1/me/avatar',
    payload,
    headers: { ...asker.headers, 'content-type': type },
    remoteAddress: newAddress(),
  });
const get = (url: string) => server.api.fastify.inject({ url, remoteAddress: newAddress() });
const files = () => readdirSync(path.join(dataDir, 'avatars'));

describe('PUT /v1/me/avatar', () => {
  it.each([
    ['image/png', png],
    ['image/gif', gif],
    ['image/webp', webp],
    ['image/jpeg', jpeg],
  ])('accepts %s by its bytes, and shows it to anybody', async (type, bytes) => {
    const person = await newPerson(server);
    const response = await put(person, bytes);
    expect(response.statusCode).toBe(200);
    const { avatarUrl } = userSchema.parse(response.json());
    const shown = await get(avatarUrl ?? '');
    expect(shown.statusCode).toBe(200);
    expect(shown.rawPayload.equals(bytes)).toBe(true);
    expect(shown.headers).toMatchObject({
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
  });

  it('trusts the bytes, not the content type', async () => {
    const { avatarUrl } = (await put(await newPerson(server), gif, 'image/png')).json();
    expect((await get(avatarUrl)).headers['content-type']).toBe('image/gif');
  });

  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><script>alert(1)</script></svg>'],
    ['SVG with a declaration', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['nothing', ''],
    ['the first bytes of a PNG', png.subarray(0, 12)],
    ['a BMP', Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)])],
    ['a PDF', '%PDF-1.7\n'],
    ['too wide a PNG', pngOf(4097, 1)],
    ['too high a PNG', pngOf(1, 0x7fffffff)],
    ['a PNG without pixels', pngOf(0, 1)],
  ])('refuses %s', async (_, payload) => {
    const before = files();
    expectProblem(await put(await newPerson(server), payload, 'image/png'), 'avatar.unsupported');
    expect(files()).toEqual(before);
  });

  it('refuses other content types and too many bytes', async () => {
    const person = await newPerson(server);
    for (const type of ['application/json', 'image/svg+xml', 'text/html', 'multipart/form-data; boundary=x']) {
      expectProblem(await put(person, png, type), 'request.unsupported_media_type');
    }
    expectProblem(await put(person, Buffer.alloc(LARGEST_AVATAR + 1)), 'request.too_large');
    const largest = Buffer.concat([png, Buffer.alloc(LARGEST_AVATAR - png.length)]);
    expect((await put(person, largest)).statusCode).toBe(200);
    // On other routes a picture is not a valid body, and bodies stay small.
    const { headers } = person;
    const patch = (payload: Buffer, type: string) =>
      server.api.fastify.inject({
        method: 'PATCH',
        url: '/v1/me',
        payload,
        headers: { ...headers, 'content-type': type },
      });
    expectProblem(await patch(png, 'image/png'), 'request.unsupported_media_type');
    expectProblem(await patch(Buffer.alloc(100_000, 'x'), 'application/json'), 'request.too_large');
  });

  it('replaces and deletes the former picture', async () => {
    const person = await newPerson(server);
    const first = (await put(person, png)).json().avatarUrl;
    const count = files().length;
    const second = (await put(person, gif)).json().avatarUrl;
    expect(second).not.toBe(first);
    expectProblem(await get(first), 'avatar.not_found');
    expect((await get(second)).statusCode).toBe(200);
    expect(files()).toHaveLength(count);
  });

  it('keeps one picture of concurrent uploads', async () => {
    const person = await newPerson(server);
    const before = files().length;
    await Promise.all([1, 2, 3, 4].map(() => put(person, png)));
    expect(files()).toHaveLength(before + 1);
  });

  it('is for users only', async () => {
    expectProblem(await put(nobody, png), 'account.required');
  });
});

it('DELETE /v1/me/avatar removes the picture, once or more often', async () => {
  const person = await newPerson(server);
  const { avatarUrl } = (await put(person, png)).json();
  const remove = () => server.api.fastify.inject({ method: 'DELETE', url: '/v1/me/avatar', headers: person.headers });
  expect((await remove()).statusCode).toBe(204);
  expect((await remove()).statusCode).toBe(204);
  expectProblem(await get(avatarUrl), 'avatar.not_found');
  const me = await server.api.fastify.inject({ url: '/v1/me', headers: person.headers });
  expect(me.json().avatarUrl).toBeNull();
});

it('GET /v1/avatars/:id answers alike for an invalid id and an absent one', async () => {
  for (const id of ['x', '..%2f..%2fpostgres', `${'a'.repeat(32)}.png`, `${'a'.repeat(32)}.svg`]) {
    const answer = await get(`/v1/avatars/${id}`);
    expectProblem(answer, 'avatar.not_found');
    expect(answer.headers['cache-control']).toBe('no-store');
  }
});

it('describes the picture in OpenAPI', async () => {
  const { paths } = (await get('/docs/json')).json();
  expect(paths['/v1/me/avatar'].put.requestBody.content['image/png'].schema).toEqual({
    type: 'string',
    format: 'binary',
  });
  expect(Object.keys(paths['/v1/avatars/{id}'].get.responses['200'].content)).toContain('image/webp');
});
