// Prints what happens in the meetings of an API key:
//   WATERBUS_URL=https://meet.example.org WATERBUS_API_KEY=wbk_… PORT=3000 RECEIVER_URL=https://hooks.example.org npx tsx examples/webhook-receiver.ts
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { verifyWebhook, type WaterbusEvent, WaterbusServer, WaterbusWebhookError } from '@waterbus/server-sdk';

const { WATERBUS_URL = '', WATERBUS_API_KEY = '', PORT = '3000', RECEIVER_URL = '' } = process.env;

const waterbus = new WaterbusServer({ url: WATERBUS_URL, apiKey: WATERBUS_API_KEY });
// The secret is shown once. A real receiver makes its webhook one time, and keeps the secret.
const { webhook, secret } = await waterbus.webhooks.create({ url: RECEIVER_URL });

/** Every event comes at least once: a real receiver keeps the ids where it keeps what it makes of them. */
const handled = new Set<string>();

const server = createServer(async (request, response) => {
  try {
    // The bytes as they came: parsing and writing JSON anew would change them, and the signature is over these.
    const event = verifyWebhook(secret, request.headers, await buffer(request));
    if (!handled.has(event.id)) console.log(sentence(event));
    handled.add(event.id);
    response.writeHead(204).end();
  } catch (error) {
    const forged = error instanceof WaterbusWebhookError && error.reason === 'signature';
    // 4xx and 5xx alike have it sent again later.
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
