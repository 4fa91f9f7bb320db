import { afterEach, expect, it, vi } from 'vitest';
import { Integrations } from './integrations.js';

const server = 'https://meet.example.org';
const account = { asUser: <T>(ask: (token: string | undefined) => Promise<T>) => ask('mine') };
afterEach(() => void vi.unstubAllGlobals());

it('reads lists from the beginning, and from a cursor', async () => {
  const sent: string[] = [];
  vi.stubGlobal('fetch', async (url: URL) => {
    sent.push(url.pathname + url.search);
    return Response.json({ items: [], nextCursor: null });
  });
  const integrations = new Integrations(account, { server });
  await integrations.apiKeys({ cursor: undefined as unknown as string });
  await integrations.webhooks({ cursor: 'next', limit: 5 });
  expect(sent).toEqual(['/v1/api-keys', '/v1/webhooks?cursor=next&limit=5']);
});
