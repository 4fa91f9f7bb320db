import type { FromPath, NetworkSpec, ToPath } from './messages.js';
import { Network } from './network.js';
import { tcpProxy } from './tcp-proxy.js';
import { type UdpProxy, udpProxy } from './udp-proxy.js';

// The network between browsers and server, in a separate process, so that the measuring process
// does not disturb it.

let network: Network | undefined;
const proxies = new Map<string, UdpProxy>();
let timer: NodeJS.Timeout | undefined;
let due = Number.POSITIVE_INFINITY;
/** Delays of timers in milliseconds, the largest possible error of arrivals. */
const lateness: number[] = [];

process.on('message', (message: ToPath) => void handle(message));
process.once('disconnect', () => process.exit(0));

async function handle(message: ToPath): Promise<void> {
  switch (message.type) {
    case 'open':
      return answer({ type: 'opened', ports: await open(message) });
    case 'begin': {
      const at = now();
      network?.begin(at);
      schedule();
      return answer({ type: 'begun', at });
    }
    case 'change': {
      const at = now();
      for (const [name, spec] of Object.entries(message.links)) network?.change(name, spec, at);
      schedule();
      return answer({ type: 'changed', at });
    }
    case 'rebind':
      proxies.get(message.person)?.rebind();
      return answer({ type: 'changed', at: now() });
    case 'report': {
      const sorted = lateness.toSorted((a, b) => a - b);
      const rank = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
      return answer({
        type: 'report',
        links: network?.report() ?? {},
        lateness: { p50: rank(0.5), p99: rank(0.99) },
      });
    }
  }
}

async function open({ network: spec, httpPort, ...media }: Extract<ToPath, { type: 'open' }>) {
  const links = new Network(spec);
  network = links;
  const ports: Extract<FromPath, { type: 'opened' }>['ports'] = {};
  for (const [person, { up, down }] of Object.entries(spec.people)) {
    const proxy = await udpProxy(media, (direction, bytes, arrive) => {
      links.send(person, direction, bytes, now(), arrive);
      schedule();
    });
    proxies.set(person, proxy);
    ports[person] = {
      media: proxy.port,
      http: await tcpProxy(httpPort, { up: delayOf(spec, up), down: delayOf(spec, down) }),
    };
  }
  return ports;
}

function delayOf({ links }: NetworkSpec, route: string[]): number {
  return route.reduce((sum, name) => sum + (links[name]?.delay ?? 0), 0);
}

/** Sets one timer for the next event. */
function schedule(): void {
  const next = network?.nextEvent ?? Number.POSITIVE_INFINITY;
  if (next >= due) return;
  clearTimeout(timer);
  due = next;
  timer = setTimeout(run, Math.max(0, next - now()));
}

function run(): void {
  const at = now();
  if (at >= due) lateness.push(at - due);
  due = Number.POSITIVE_INFINITY;
  network?.advance(at);
  schedule();
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function answer(message: FromPath): void {
  process.send?.(message);
}
