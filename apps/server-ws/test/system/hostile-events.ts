import { SeededRandom } from '@waterbus/media/testing/random';
import { clientRequests } from '@waterbus/protocol';

/**
 * Arguments of socket events that no Waterbus client sends. Seeded: the same seed makes the same
 * flood.
 */
export class HostileEvents {
  private readonly random: SeededRandom;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  integer(end: number): number {
    return Math.floor(this.random.next() * end);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.integer(from.length)]!;
  }

  /** A name and a body; half of the names are real ones. */
  event(): [string, ...unknown[]] {
    const name = this.integer(2) === 0 ? this.pick(REQUESTS) : this.pick(NAMES);
    switch (this.integer(4)) {
      case 0:
        return [name, this.value(4)];
      case 1:
        return [name, this.almost()];
      case 2:
        return [name];
      default:
        return [name, this.value(2), this.value(2), this.value(2)];
    }
  }

  /** A text that is an invalid or a truncated Socket.IO packet. */
  frame(): string {
    return (
      this.pick([
        '',
        '2',
        '2[',
        '2["sync"',
        '2{}',
        '2[1]',
        '51-["x"]',
        '9',
        '0{"a":',
        '4"x"',
        '3["a"]',
        '2/a,["x"]',
        '2["__proto__"]',
        '2["newListener"]',
        '2["disconnect"]',
      ]) + this.pick(['', 'x', '\u0000', ']', '}'.repeat(this.integer(50))])
    );
  }

  /** The right fields, each with a value of any kind. */
  private almost(): unknown {
    const body = JSON.parse('{}') as Record<string, unknown>;
    for (const field of FIELDS) if (this.integer(3) > 0) body[field] = this.value(2);
    return body;
  }

  private value(depth: number): unknown {
    switch (this.integer(depth > 0 ? 12 : 8)) {
      case 0:
        return this.pick([null, true, false, Number.NaN, -1, 0, 1e308, 2 ** 53, 0.1]);
      case 1:
        return this.integer(2 ** 32);
      case 2:
        return 'x'.repeat(this.integer(200));
      case 3:
        return this.pick(['\u0000', '\ud800', '../..', '<script>', '{{7*7}}', '\u202e', 'constructor']);
      case 4:
        return this.integer(500) === 0 ? 'y'.repeat(40_000) : '';
      case 5:
        return this.integer(20) === 0 ? Buffer.alloc(this.integer(300)) : [];
      case 6:
        return JSON.parse(this.pick(PROTOTYPE_KEYS));
      case 7:
        return this.integer(50) === 0 ? deep(500) : {};
      case 8:
      case 9:
        return Array.from({ length: this.integer(6) }, () => this.value(depth - 1));
      default:
        return Object.fromEntries(
          Array.from({ length: this.integer(6) }, () => [this.pick(FIELDS), this.value(depth - 1)]),
        );
    }
  }
}

function deep(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let i = 0; i < levels; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/**
 * Requests that would end the attacker's own session are left out, so that the flood continues in
 * the session.
 */
const REQUESTS = Object.keys(clientRequests).filter((name) => name !== 'leave');
const NAMES = ['', 'x', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'error', 'room', 'ended'];
const FIELDS = [
  'token',
  'resumeToken',
  'protocolVersion',
  'direction',
  'mediaNodeId',
  'transportId',
  'dtlsParameters',
  'fingerprints',
  'role',
  'kind',
  'source',
  'rtpParameters',
  'codecs',
  'encodings',
  'headerExtensions',
  'paused',
  'producerId',
  'consumerId',
  'participantId',
  'rtpCapabilities',
  'length',
  'then',
  'toJSON',
];
const PROTOTYPE_KEYS = [
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"toString":1}',
];
