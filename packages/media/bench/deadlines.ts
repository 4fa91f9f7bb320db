// What keeping deadlines costs: connected transports, each with its reports every second and its consent checks, through
// a virtual clock. `npx tsx packages/media/bench/deadlines.ts [transports] [seconds]`
import { createHmac } from 'node:crypto';
import { Engine } from '../src/index.js';
import { DtlsState, ReceiveKind } from '../src/port/packet-port.js';
import { ipv4Address, MemoryPort } from '../test/simulation/memory-port.js';
import { bindingRequest } from '../test/simulation/stun-client.js';
import { dtlsParameters } from '../test/simulation/world.js';

const transports = Number(process.argv[2] ?? 2000);
const seconds = Number(process.argv[3] ?? 20);
let now = 1000;
const port = new MemoryPort();
let seed = 1;
const engine = new Engine({
  port,
  random: (bytes) => {
    for (let i = 0; i < bytes.length; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      bytes[i] = seed >>> 24;
    }
  },
  hmacSha1: (key, bytes) => createHmac('sha1', key).update(bytes).digest(),
  now,
  announcedAddresses: [{ address: '192.0.2.200', port: 40_000 }],
});
engine.perform(now, (control) => control.openRouter('room'));
const checks = Array.from({ length: transports }, (_, i) => {
  const id = `t${i}`;
  // Spread over the second, as people come.
  now += 1000 / transports;
  const { iceParameters } = engine.perform(now, (control) => control.openTransport('room', id));
  engine.perform(now, (control) => control.connectTransport(id, dtlsParameters()));
  const bytes = bindingRequest({
    ...{ username: `${iceParameters.usernameFragment}:remote`, password: iceParameters.password, useCandidate: true },
  });
  const check = () => {
    port.put(ReceiveKind.Stun, -1, bytes, 0, ipv4Address(1 + (i >> 12), 5000 + (i & 0xfff)));
    engine.receive(port.take(), now);
  };
  check();
  port.putDtls(i, DtlsState.Connected);
  engine.receive(port.take(), now);
  return check;
});
let wakes = 0;
let spent = 0;
const end = now + seconds * 1000;
for (let nextChecks = now + 10_000; now < end; ) {
  now = Math.min(engine.nextDeadline(), nextChecks, end);
  if (now === nextChecks) {
    for (const check of checks) check();
    nextChecks += 10_000;
  }
  const began = performance.now();
  engine.advance(now);
  spent += performance.now() - began;
  wakes++;
  engine.flush();
}
console.log(
  `${transports} transports, ${seconds} s: ${wakes} wakes, ${(spent / wakes).toFixed(4)} ms each, ` +
    `${((spent / (seconds * 1000)) * 100).toFixed(2)} % of a core`,
);
