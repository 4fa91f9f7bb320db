import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMeeting, newPerson } from '../../test/people.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { opaqueString } from './opaque-string.js';
import { hashPassword, verifyPassword } from './password.js';

/** The same password, as two keyboards write it. */
const composed = 'Zo\u00eb\u00e5\u1ed9 caf\u00e9 \uac00';
const decomposed = 'Zoe\u0308a\u030ao\u0323\u0302\u00a0cafe\u0301\u3000\u1100\u1161';

describe('opaqueString', () => {
  it.each([
    // RFC 8265 section 4.3, table 4; and passwords with only one form.
    ['correct horse battery staple', 'correct horse battery staple'],
    ['Correct Horse Battery Staple', 'Correct Horse Battery Staple'],
    ['\u03c0\u00df\u00e5', '\u03c0\u00df\u00e5'],
    ['Jack of \u2666s', 'Jack of \u2666s'],
    ['foo\u1680bar', 'foo bar'],
    ['\u00a0\u2003\u202f\u3000', '    '],
    ['\ufb01\u2460\uff21', '\ufb01\u2460\uff21'],
    [decomposed, composed],
    ['', ''],
  ])('maps %j to %j', (typed, prepared) => {
    expect(opaqueString(typed)).toBe(prepared);
    expect(opaqueString(prepared)).toBe(prepared);
  });
});

describe('a password', () => {
  it.each([
    [composed, decomposed],
    [decomposed, composed],
  ])('that was set as %j is right as %j', async (set, typed) => {
    const kept = await hashPassword(set);
    expect(await verifyPassword(kept, typed)).toBe(true);
    expect(await verifyPassword(kept, set)).toBe(true);
    expect(await verifyPassword(kept, typed.toUpperCase())).toBe(false);
    expect(await verifyPassword(undefined, typed)).toBe(false);
  });

  it('that an earlier version hashed as typed stays valid as typed', async () => {
    const kept = await hash(decomposed, { algorithm: 2 });
    expect(await verifyPassword(kept, decomposed)).toBe(true);
  });
});

describe('on either keyboard', () => {
  let server: ServerUnderTest;
  beforeAll(async () => {
    server = await startServer();
  }, STARTING);
  afterAll(() => server.close());

  const post = (url: string, payload: object, headers = {}, method: 'POST' | 'PUT' = 'POST') =>
    server.api.fastify.inject({ method, url, payload, headers, remoteAddress: newAddress() });

  it('a guest joins a meeting', async () => {
    const host = await newPerson(server);
    const { code } = await newMeeting(server, host);
    await post(`/v1/meetings/${code}/password`, { password: decomposed }, host.headers, 'PUT');
    const join = async (password: string) =>
      (await post(`/v1/meetings/${code}/join`, { name: 'Zoë', password })).statusCode;
    expect([await join(composed), await join(decomposed), await join('Zoe')]).toEqual([200, 200, 403]);
  });

  it('a user signs in', async () => {
    const email = 'zoe@example.org';
    await post('/v1/accounts', { email, password: composed, name: 'Zoë' });
    const signIn = async (password: string) => (await post('/v1/sessions', { email, password })).statusCode;
    expect([await signIn(composed), await signIn(decomposed), await signIn('Zoe and more')]).toEqual([201, 201, 401]);
  });
});
