// A back end that admits its own users to a meeting, and receives the meeting's events by webhooks.
// It serves the page in ../embed, built into PAGE_FOLDER:
//   WATERBUS_URL=https://meet.example.org WATERBUS_API_KEY=wbk_… OWN_URL=https://school.example.org \
//     PORT=3000 PAGE_FOLDER=dist npx tsx main.ts
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { verifyWebhook, WaterbusServer, WaterbusWebhookError } from '@waterbus/server-sdk';

const { WATERBUS_URL = '', WATERBUS_API_KEY = '', OWN_URL = '', PORT = '3000', PAGE_FOLDER = 'dist' } = process.env;

const waterbus = new WaterbusServer({ url: WATERBUS_URL, apiKey: WATERBUS_API_KEY });
const { meeting } = await waterbus.meetings.create({ title: 'Consultation' });
// The secret is shown once: a real back end creates its webhook one time, and keeps the secret.
const { webhook, secret } = await waterbus.webhooks.create({ url: `${OWN_URL}/webhook` });

/** Events are delivered at least once. */
const handled = new Set<string>();

const routes: Record<string, (request: IncomingMessage) => Promise<Answer>> = {
  'GET /': () => file('index.html', 'text/html'),
  'GET /main.js': () => file('main.js', 'text/javascript'),
  'GET /meeting': async () => json({ server: WATERBUS_URL, code: meeting.code }),
  // A real back end knows its signed-in user here, and refuses everybody else.
  'POST /join-token': async () => json(await waterbus.joinTokens.create(meeting.code, { name: 'Ada Lovelace' })),
  'POST /webhook': async (request) => {
    // The signature is over the bytes as received.
    const event = verifyWebhook(secret, request.headers, await buffer(request));
    if (!handled.has(event.id) && event.type === 'participant.joined')
      console.log(`${event.data.participant.name} came into ${event.data.code}`);
    handled.add(event.id);
    return { status: 204 };
  },
};

const server = createServer(async (request, response) => {
  const answer = await answerTo(request);
  response.writeHead(answer.status, answer.type ? { 'content-type': answer.type } : {}).end(answer.body);
});
server.listen(Number(PORT), () => console.log(`Listening for webhook ${webhook.id}`));

async function answerTo(request: IncomingMessage): Promise<Answer> {
  try {
    const route = routes[`${request.method} ${request.url}`];
    return route ? await route(request) : { status: 404 };
  } catch (error) {
    if (error instanceof WaterbusWebhookError && error.reason === 'signature') return { status: 401 };
    console.error(error);
    return { status: 500 };
  }
}

interface Answer {
  status: number;
  type?: string;
  body?: string | Buffer;
}

function json(value: unknown): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}

async function file(name: string, type: string): Promise<Answer> {
  return { status: 200, type: `${type}; charset=utf-8`, body: await readFile(path.join(PAGE_FOLDER, name)) };
}
