// Preloaded into a Server API under load, of any revision. Answers `reading` from the parent with
// the CPU time of the process and its counts of statements and writes to PostgreSQL (the frontend
// messages of the wire protocol, PostgreSQL documentation 54.7).
import { Socket } from 'node:net';

const port = Number(process.env.BENCH_POSTGRES_PORT);
const sent = { statements: 0 };

/**
 * The rest of the current message in bytes, by socket; a socket begins with a message without a
 * type.
 */
const positions = new WeakMap();

const write = Socket.prototype.write;
Socket.prototype.write = function (chunk, ...others) {
  if (this.remotePort === port && chunk instanceof Uint8Array) {
    positions.set(this, count(Buffer.from(chunk), positions.get(this)));
  }
  return write.call(this, chunk, ...others);
};

/** Counts statements. The driver writes whole messages, or the parts of a long one. */
function count(bytes, remaining) {
  let offset = remaining ?? bytes.readInt32BE(0);
  while (offset < bytes.length) {
    const type = String.fromCharCode(bytes[offset]);
    if (type === 'E' || type === 'Q') sent.statements += 1;
    offset += 1 + bytes.readInt32BE(offset + 1);
  }
  return offset - bytes.length;
}

process.on('message', (message) => {
  if (message !== 'reading') return;
  const { user, system } = process.cpuUsage();
  process.send({ type: 'reading', cpu: user + system, ...sent });
});
