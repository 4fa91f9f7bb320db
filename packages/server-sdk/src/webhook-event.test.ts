import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { verifyWebhook, type WaterbusEvent } from './webhook-event.js';

const secret = `whsec_${Buffer.from('a secret of a webhook, long enough').toString('base64')}`;
const ended: WaterbusEvent = {
  id: 'a6d5a7d2-4e9b-4d5c-9a55-0a5a2c8b7f10',
  type: 'meeting.ended',
  timestamp: '2026-01-01T00:00:00.000Z',
  data: { code: 'abc-defg-hjk' },
};

/** A webhook as the server signs it, `age` seconds ago. */
function signed(event: object | string, { age = 0, with: key = secret } = {}) {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const at = new Date(Date.now() - age * 1000);
  const headers = {
    'webhook-id': 'a6d5a7d2',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key).sign('a6d5a7d2', at, body),
  };
  return { body, headers };
}

describe('verifyWebhook', () => {
  it('parses the server’s signed events, from text, bytes and both kinds of headers', () => {
    const { body, headers } = signed(ended);
    expect(verifyWebhook(secret, headers, body)).toEqual(ended);
    expect(verifyWebhook(secret, new Headers(headers), Buffer.from(body))).toEqual(ended);
    const event = verifyWebhook(secret, headers, body);
    if (event.type === 'meeting.ended') expect(event.data.code).toBe('abc-defg-hjk');
  });

  it('parses letters of any script', () => {
    const participant = { id: 'p', userId: null, name: 'Zoë 김', role: 'guest' };
    const joined = {
      ...ended,
      type: 'participant.joined',
      data: { code: 'abc-defg-hjk', participant, joinedAt: '2026-01-01T00:00:00.000Z' },
    };
    const { body, headers } = signed(joined);
    expect(verifyWebhook(secret, headers, Buffer.from(body))).toEqual(joined);
  });

  it('trusts no other request', () => {
    const { body, headers } = signed(ended);
    const other = `whsec_${Buffer.from('another secret of a webhook, as long').toString('base64')}`;
    const refused = [
      () => verifyWebhook(other, headers, body),
      () => verifyWebhook(secret, headers, body.replace('abc', 'abd')),
      () => verifyWebhook(secret, { ...headers, 'webhook-id': 'another' }, body),
      () => verifyWebhook(secret, { ...headers, 'webhook-signature': '' }, body),
      () => verifyWebhook(secret, { ...headers, 'webhook-timestamp': ['1', '2'] }, body),
      () => verifyWebhook(secret, {}, body),
      () => verifyWebhook(secret, signed(ended, { age: 301 }).headers, body),
      () => verifyWebhook(secret, signed(ended, { age: -301 }).headers, body),
    ];
    for (const verify of refused) {
      expect(verify).toThrow(expect.objectContaining({ name: 'WaterbusWebhookError', reason: 'signature' }));
    }
  });

  it('takes the event of a later server as an unknown one', () => {
    for (const type of ['meeting.frozen', 'toString', 'unknown']) {
      const { body, headers } = signed({ ...ended, type });
      const event = verifyWebhook(secret, headers, body);
      expect(event).toEqual({ ...ended, type: 'unknown', name: type });
      if (event.type === 'unknown') expect(event.name).toBe(type);
    }
  });

  it('distinguishes unreadable content from a wrong signature', () => {
    for (const event of [
      '{',
      'null',
      { ...ended, type: 7 },
      { ...ended, data: {} },
      { ...ended, type: 'x', data: 1 },
    ]) {
      const { body, headers } = signed(event);
      expect(() => verifyWebhook(secret, headers, body)).toThrow(expect.objectContaining({ reason: 'content' }));
    }
  });
});
