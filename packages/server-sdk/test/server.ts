import { systemClock } from '@waterbus/cluster';
import { newApiKey, newPerson, type Person } from '@waterbus/server-api/testing/people';
import { type ServerUnderTest, startServer } from '@waterbus/server-api/testing/server';
import { WaterbusServer } from '../src/index.js';

export interface ListeningServer extends ServerUnderTest {
  url: string;
  /** The API key of the settings. */
  apiKey: string;
  waterbus: WaterbusServer;
  /** A user with an API key, and the SDK that uses it. */
  newUser(): Promise<{ person: Person; waterbus: WaterbusServer }>;
}

/** A real Server API on a free port of this machine, in real time. */
export async function startListening(): Promise<ListeningServer> {
  const apiKey = `wbk_calendar_${'k'.repeat(40)}`;
  const server = await startServer({ clock: systemClock, privateWebhooks: true, apiKeys: [{ secret: apiKey }] });
  const url = await server.api.fastify.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...server,
    url,
    apiKey,
    waterbus: new WaterbusServer({ url: `${url}/`, apiKey }),
    newUser: async () => {
      const person = await newPerson(server);
      const { headers } = await newApiKey(server, person.userId);
      const key = headers.authorization?.replace('Bearer ', '') ?? '';
      return { person, waterbus: new WaterbusServer({ url, apiKey: key }) };
    },
  };
}
