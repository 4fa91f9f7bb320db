// Prints the events of an API key's meetings:
//   WATERBUS_URL=https://meet.example.org WATERBUS_API_KEY=wbk_… PORT=3000 RECEIVER_URL=https://hooks.example.org npx tsx examples/webhook-receiver.ts
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { verifyWebhook, type WaterbusEvent, WaterbusServer, WaterbusWebhookError } from '@waterbus/server-sdk';

const { WATERBUS_URL = '', WATERBUS_API_KEY = '', PORT = '3000', RECEIVER_URL = '' } = process.env;

const waterbus = new WaterbusServer({ url: WATERBUS_URL, apiKey: WATERBUS_API_KEY });
// The secret is shown once. A real receiver creates its webhook one time, and keeps the secret.
const { webhook, secret } = await waterbus.webhooks.create({ url: RECEIVER_URL });

/**
 * Each event is delivered at least once: a real receiver stores the ids together with its results.
 */
const handled = new Set<string>();

const server = createServer(async (request, response) => {
  try {
    // The bytes as received: the signature is over these, and parsing and writing JSON anew would
    // change them.
    const event = verifyWebhook(secret, request.headers, await buffer(request));
    if (!handled.has(event.id)) console.log(sentence(event));
    handled.add(event.id);
    response.writeHead(204).end();
  } catch (error) {
    const forged = error instanceof WaterbusWebhookError && error.reason === 'signature';
    // After 4xx and 5xx alike the server sends it again later.
    response.writeHead(forged ? 401 : 500).end();
  }
});
server.listen(Number(PORT), () => console.log(`Listening for webhook ${webhook.id}`));

function sentence(event: WaterbusEvent): string {
  switch (event.type) {
    case 'participant.joined':
      return `${event.data.participant.name} came into ${event.data.code}`;
    case 'participant.left':
      return `${event.data.participant.name} left ${event.data.code}: ${event.data.reason}`;
    case 'meeting.created':
      return `There is a new meeting, ${event.data.meeting.title}`;
    default:
      return `${event.type} at ${event.timestamp}`;
  }
}
