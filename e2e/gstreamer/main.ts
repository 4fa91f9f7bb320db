// Publishes by WHIP and watches by WHEP with GStreamer's webrtcbin, for `npm run test:gstreamer`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startWaterbus } from '../system/waterbus.js';

const waterbus = await startWaterbus('one-process');
try {
  const created = await post('/v1/meetings', { title: 'GStreamer' });
  const { code } = created.meeting;
  const key = async (data: object) => (await post(`/v1/meetings/${code}/stream-keys`, data, created.hostToken)).secret;
  const clients = spawn(
    '/usr/bin/python3',
    [
      fileURLToPath(new URL('clients.py', import.meta.url)),
      ...[`${waterbus.url}/v1/whip`, await key({ name: 'Encoder' })],
      ...[`${waterbus.url}/v1/whep`, await key({ name: 'Lobby', use: 'watch' })],
    ],
    { stdio: 'inherit' },
  );
  const [status] = await once(clients, 'exit');
  process.exitCode = status === 0 ? 0 : 1;
  console.log(status === 0 ? 'GStreamer publishes and watches.' : waterbus.output());
} finally {
  await waterbus.stop();
}

async function post(path: string, body: object, token?: string) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${waterbus.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
