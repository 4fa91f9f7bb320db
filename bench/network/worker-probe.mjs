// Loaded into media workers by NODE_OPTIONS. Requests the statistics of their transports as their
// host does, and appends the answers to the file in the query of this module's address. The system
// under test stays unchanged.
import { appendFileSync } from 'node:fs';

/** An id for requests that are not the host's. */
const OURS = 'probe ';
/** Milliseconds. */
const INTERVAL = 500;
const file = new URL(import.meta.url).searchParams.get('file');

if (process.send && file) {
  const send = process.send.bind(process);
  const transports = new Set();
  process.send = (message, ...rest) => {
    if (message?.type !== 'answer') return send(message, ...rest);
    if (String(message.id).startsWith(OURS)) {
      const { ok, value } = message.outcome;
      if (ok) appendFileSync(file, `${JSON.stringify({ at: Date.now(), ...value })}\n`);
      else transports.delete(String(message.id).slice(OURS.length));
      return true;
    }
    const { value } = message.outcome;
    if (value?.iceParameters && value.id) transports.add(value.id);
    return send(message, ...rest);
  };
  // The probe's channel does not keep the process alive; the host's does.
  setInterval(() => {
    for (const id of transports) {
      process.emit('message', { type: 'call', id: `${OURS}${id}`, method: 'transportStats', args: [id] });
    }
  }, INTERVAL).unref();
}
