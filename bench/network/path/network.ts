import { Random } from '../../simulate/random.js';
import { Link, type LinkSpec } from './link.js';
import { LinkMeter } from './link-meter.js';
import type { LinkReport, NetworkSpec } from './messages.js';
import { TcpFlow, type TcpSpec } from './tcp-flow.js';

/** A datagram under way. */
export interface Datagram {
  bytes: Uint8Array;
  /** The links of its path; `hop` is the index of the next one. */
  route: readonly string[];
  hop: number;
  arrive(bytes: Uint8Array, now: number): void;
}

/** All links, without sockets and clocks: datagrams and `now` in, arrivals out. */
export class Network {
  readonly #links = new Map<string, Link<Datagram>>();
  readonly #meters = new Map<string, LinkMeter>();
  readonly #flows: { flow: TcpFlow; back: Link<number> }[];

  constructor(private readonly spec: NetworkSpec) {
    for (const [index, [name, { steps, ...link }]] of Object.entries(spec.links).entries()) {
      const meter = new LinkMeter(() => this.#links.get(name)?.rate ?? Number.POSITIVE_INFINITY);
      this.#meters.set(name, meter);
      this.#links.set(
        name,
        new Link(link, {
          seed: spec.seed * SEEDS_APART + index,
          steps,
          observer: meter,
          deliver: (datagram, at) => {
            meter.stream(ssrcOf(datagram.bytes), 'delivered', datagram.bytes.length);
            this.#hop({ ...datagram, hop: datagram.hop + 1 }, at);
          },
        }),
      );
    }
    this.#flows = (spec.tcp ?? []).map((one, index) => this.#tcp(one, spec.seed * SEEDS_APART + FLOWS + index));
  }

  send(person: string, direction: 'up' | 'down', bytes: Uint8Array, now: number, arrive: Datagram['arrive']): void {
    this.#hop({ bytes, route: this.spec.people[person]![direction], hop: 0, arrive }, now);
  }

  begin(now: number): void {
    for (const link of this.#links.values()) link.begin(now);
    for (const { flow } of this.#flows) flow.begin(now);
  }

  change(link: string, spec: LinkSpec, now: number): void {
    this.#links.get(link)!.change(spec, now);
  }

  advance(now: number): void {
    // A link may pass a datagram to a link that has advanced before it.
    for (let next = this.nextEvent; next <= now; next = this.nextEvent) {
      // A flow answers at the exact time, not at that of a timer.
      const at = this.#flows.length > 0 ? next : now;
      for (const link of this.#links.values()) link.advance(at);
      for (const { flow, back } of this.#flows) {
        back.advance(at);
        if (flow.nextEvent <= at) flow.advance(at);
      }
    }
  }

  get nextEvent(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const link of this.#links.values()) next = Math.min(next, link.nextEvent);
    for (const { flow, back } of this.#flows) next = Math.min(next, flow.nextEvent, back.nextEvent);
    return next;
  }

  report(): Record<string, LinkReport> {
    return Object.fromEntries([...this.#meters].map(([name, meter]) => [name, meter.report()]));
  }

  #tcp(spec: TcpSpec, seed: number): { flow: TcpFlow; back: Link<number> } {
    const back = new Link<number>(
      { delay: spec.back },
      { seed, deliver: (number, at) => flow.acknowledge(number, at) },
    );
    const flow = new TcpFlow(spec, new Random(seed), (number, size, now) => {
      const arrive = (_: Uint8Array, at: number) => back.send(number, ACKNOWLEDGEMENT, at);
      this.#hop({ bytes: new Uint8Array(size), route: spec.route, hop: 0, arrive }, now);
    });
    return { flow, back };
  }

  #hop(datagram: Datagram, now: number): void {
    const name = datagram.route[datagram.hop];
    if (name === undefined) {
      datagram.arrive(datagram.bytes, now);
      return;
    }
    this.#meters.get(name)!.stream(ssrcOf(datagram.bytes), 'offered', datagram.bytes.length);
    this.#links.get(name)!.send(datagram, datagram.bytes.length + HEADERS, now);
  }
}

/**
 * Reads the SSRC, because SRTP leaves the header readable: version 2, and no payload type of RTCP
 * (RFC 5761 section 4).
 */
function ssrcOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < 12 || bytes[0]! >> 6 !== 2) return undefined;
  if (bytes[1]! >= 192 && bytes[1]! <= 223) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(8);
}

/** Bytes of IPv4 and UDP, which take time on a real line too. */
const HEADERS = 28;

/** Bytes. */
const ACKNOWLEDGEMENT = 40;

/** The seeds of flows follow those of links. */
const FLOWS = 500;

/** Separates the seeds of links in one run from those of runs with the next seed. */
const SEEDS_APART = 1000;
