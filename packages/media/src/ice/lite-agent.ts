import { StunType } from '../stun/attributes.js';
import { StunBuilder } from '../stun/build.js';
import { checkIntegrity, type HmacSha1, type StunMessage } from '../stun/parse.js';
import { ADDRESS_BYTES, type PacketPort } from '../transport/packet-port.js';
import type { IceParameters } from '../types.js';
import { makeIceParameters, passwordBytes } from './credentials.js';

/** What an agent needs of the engine around it. */
export interface IceEnvironment {
  port: PacketPort;
  hmacSha1: HmacSha1;
  random(bytes: Uint8Array): void;
  /** Where STUN answers are written, `MAX_STUN_ANSWER_BYTES` long. */
  stunScratch: number;
}

/** Whose checks come under a user name fragment. */
export interface CheckReceiver {
  readonly session: number;
  receiveCheck(message: StunMessage, localFragment: string, addressOffset: number): void;
}

/** Where the engine finds whose a user name fragment is. */
export interface FragmentRegistry {
  add(usernameFragment: string): void;
  delete(usernameFragment: string): void;
}

/** What a check meant for its transport. */
export type CheckOutcome = 'refused' | 'valid' | 'nominated';

/**
 * The lite side of ICE (RFC 8445 section 2.5): it never sends checks, it answers authenticated ones, and sends only to the
 * address that the controlling peer nominated last, or sends authentic media from since. Before the first nomination it
 * sends to the address of the first authenticated check: Chromium begins DTLS then and nominates some 50 ms later.
 */
export class IceLiteAgent {
  parameters: IceParameters;
  /** The selected address record; meaningless before `hasAddress`. */
  readonly selectedAddress = new Uint8Array(ADDRESS_BYTES);
  hasAddress = false;
  private nominated = false;
  /** When the selected address was checked last, milliseconds. */
  private selectedCheckedAt = Number.NEGATIVE_INFINITY;
  /** PRIORITY of the check that nominated it, and the credentials it used. */
  private selectedPriority = 0;
  private selectedFragment = '';
  /** An address of lower priority that was nominated once since the selected one was. */
  private contender: Uint8Array | undefined;
  /** Credentials before a restart; they count until the new ones are used (RFC 8445 section 9). */
  private previous: IceParameters | undefined;
  /** The peer has keys: its media prove where it is, and a check alone does not any more. */
  private secured = false;
  private readonly passwords = new Map<string, Uint8Array>();
  /** Other addresses that passed a check, the one checked last at the end. */
  private readonly known: { address: Uint8Array; checkedAt: number }[] = [];

  constructor(
    private readonly environment: IceEnvironment,
    private readonly session: number,
    private readonly registry: FragmentRegistry,
  ) {
    this.parameters = this.makeParameters();
  }

  /**
   * When the peer last consented to what is sent, milliseconds. Consent is given by a check of the 5-tuple that is sent to
   * and no other (RFC 7675 section 5.1); before there is one, by any check.
   */
  get consentedAt(): number {
    if (this.nominated) return this.selectedCheckedAt;
    return Math.max(this.selectedCheckedAt, this.known.at(-1)?.checkedAt ?? Number.NEGATIVE_INFINITY);
  }

  /** DTLS is connected over the selected address. */
  dtlsConnected(): void {
    this.secured = true;
  }

  restart(): IceParameters {
    this.forgetPrevious();
    this.previous = this.parameters;
    this.parameters = this.makeParameters();
    return this.parameters;
  }

  close(): void {
    for (const usernameFragment of this.passwords.keys()) this.registry.delete(usernameFragment);
    this.passwords.clear();
  }

  /** Answers a Binding request whose user name begins with `localFragment`, one of this agent's. */
  receiveCheck(message: StunMessage, localFragment: string, addressOffset: number, now: number): CheckOutcome {
    const password = this.passwords.get(localFragment);
    if (!password || !checkIntegrity(message, password, this.environment.hmacSha1)) {
      answerError(this.environment, message, 401, addressOffset);
      return 'refused';
    }
    if (message.unknown.length > 0) {
      answerError(this.environment, message, 420, addressOffset, password);
      return 'refused';
    }
    // We are lite and therefore always controlled; a peer that thinks it is too must switch (RFC 8445 section 7.3.1.1).
    if (message.controlled) {
      answerError(this.environment, message, 487, addressOffset, password);
      return 'refused';
    }
    const priority = message.priority ?? 0;
    const selects = message.useCandidate && this.prefers(priority, localFragment, addressOffset, now);
    const isFirst = !this.hasAddress;
    const sendsThere = selects || isFirst || this.isSelected(addressOffset);
    const isBound = sendsThere ? this.bind(addressOffset) : this.add(addressOffset, now);
    // The address is another session's: whoever sends from it is not our peer, and the answer would go to somebody else.
    if (!isBound) return 'refused';
    if (selects) {
      this.selectedPriority = priority;
      this.selectedFragment = localFragment;
      this.nominated = true;
      this.select(addressOffset, now);
    } else if (isFirst) this.select(addressOffset, now);
    else if (this.isSelected(addressOffset)) this.selectedCheckedAt = now;
    if (message.useCandidate && localFragment === this.parameters.usernameFragment) this.forgetPrevious();
    this.answerSuccess(message, password, addressOffset);
    return message.useCandidate ? 'nominated' : 'valid';
  }

  /**
   * Authentic media came in order from another address than the selected one. The peer has moved there: a NAT gave it
   * another port, or it prefers another pair than we do. True when sending follows, which takes consent from there.
   */
  receiveMediaFrom(addressOffset: number, now: number): boolean {
    if (!this.hasAddress || this.isSelected(addressOffset)) return false;
    const { arena } = this.environment.port;
    for (const { address, checkedAt } of this.known) {
      if (!sameAddress(address, 0, arena, addressOffset)) continue;
      if (checkedAt + CONSENT_TIMEOUT <= now || !this.bind(addressOffset)) return false;
      this.select(addressOffset, checkedAt);
      return true;
    }
    return false;
  }

  /** The selected address is checked no more: goes over to the one that was checked last, if that still counts. */
  fallBack(now: number): boolean {
    const last = this.known.at(-1);
    if (!this.hasAddress || !last || last.checkedAt + CONSENT_TIMEOUT <= now) return false;
    const { port, stunScratch } = this.environment;
    port.arena.set(last.address, stunScratch);
    if (!this.bind(stunScratch)) return false;
    this.select(stunScratch, last.checkedAt);
    return true;
  }

  private makeParameters(): IceParameters {
    const parameters = makeIceParameters(this.environment.random);
    this.passwords.set(parameters.usernameFragment, passwordBytes(parameters.password));
    this.registry.add(parameters.usernameFragment);
    return parameters;
  }

  private forgetPrevious(): void {
    if (!this.previous) return;
    this.passwords.delete(this.previous.usernameFragment);
    this.registry.delete(this.previous.usernameFragment);
    this.previous = undefined;
  }

  /**
   * Whether a nominating check makes its address the selected one. Firefox nominates every pair it checks (RFC 5245's
   * aggressive nomination), and of those the highest priority wins (RFC 8445 section 7.3.2); Chromium nominates one, and
   * goes over to another, perhaps lower one, when its network changes: then the old one is nominated no more. A peer that
   * still checks the selected address and has keys must show with media that it is elsewhere: whoever knows the credentials
   * could point media at somebody else with one forged datagram.
   */
  private prefers(priority: number, localFragment: string, addressOffset: number, now: number): boolean {
    const { arena } = this.environment.port;
    if (this.secured && now < this.selectedCheckedAt + CHECKED_LATELY && !this.isSelected(addressOffset)) return false;
    if (!this.nominated || localFragment !== this.selectedFragment || priority > this.selectedPriority) return true;
    if (this.selectedCheckedAt + CONSENT_TIMEOUT <= now) return true;
    if (this.isSelected(addressOffset)) {
      this.contender = undefined;
      return true;
    }
    if (this.contender && sameAddress(this.contender, 0, arena, addressOffset)) return true;
    this.contender = arena.slice(addressOffset, addressOffset + ADDRESS_BYTES);
    return false;
  }

  private isSelected(addressOffset: number): boolean {
    return this.hasAddress && sameAddress(this.selectedAddress, 0, this.environment.port.arena, addressOffset);
  }

  private select(addressOffset: number, checkedAt: number): void {
    if (!this.isSelected(addressOffset)) {
      const { arena } = this.environment.port;
      // What it sent before may still be consented to, and its media be under way.
      if (this.hasAddress) this.remember(this.selectedAddress.slice(), this.selectedCheckedAt);
      this.contender = undefined;
      this.selectedAddress.set(arena.subarray(addressOffset, addressOffset + ADDRESS_BYTES));
      this.hasAddress = true;
    }
    this.selectedCheckedAt = checkedAt;
  }

  private bind(addressOffset: number): boolean {
    return this.environment.port.setAddress(this.session, addressOffset);
  }

  private add(addressOffset: number, now: number): boolean {
    const { port } = this.environment;
    if (!port.addAddress(this.session, addressOffset)) return false;
    this.remember(port.arena.slice(addressOffset, addressOffset + ADDRESS_BYTES), now);
    return true;
  }

  private remember(address: Uint8Array, checkedAt: number): void {
    const index = this.known.findIndex((known) => sameAddress(known.address, 0, address, 0));
    if (index >= 0) this.known.splice(index, 1);
    else if (this.known.length >= MAX_KNOWN_ADDRESSES) this.known.shift();
    this.known.push({ address, checkedAt });
  }

  private answerSuccess(message: StunMessage, password: Uint8Array, addressOffset: number): void {
    const { port, stunScratch, hmacSha1 } = this.environment;
    const length = new StunBuilder(port.arena, stunScratch)
      .begin(StunType.BindingSuccess, message.bytes, 8)
      .xorMappedAddress(port.arena, addressOffset)
      .messageIntegrity(password, hmacSha1)
      .finish();
    port.sendTo(addressOffset, stunScratch, length);
  }
}

/** Sends an error answer (RFC 8489 section 9.1.3); with integrity where the request was authenticated. */
export function answerError(
  environment: IceEnvironment,
  message: StunMessage,
  code: 400 | 401 | 420 | 487,
  addressOffset: number,
  password?: Uint8Array,
): void {
  const { port, stunScratch, hmacSha1 } = environment;
  const builder = new StunBuilder(port.arena, stunScratch)
    .begin(StunType.BindingError, message.bytes, 8)
    .errorCode(code);
  if (code === 420) builder.unknownAttributes(message.unknown);
  if (password) builder.messageIntegrity(password, hmacSha1);
  port.sendTo(addressOffset, stunScratch, builder.finish());
}

/** Compares family, protocol, port, address and local address of two address records. */
function sameAddress(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number): boolean {
  for (let i = 0; i < 36; i++) if (a[aOffset + i] !== b[bOffset + i]) return false;
  return true;
}

/** RFC 7675 section 5.1: consent expires 30 s after the last sign of it. */
export const CONSENT_TIMEOUT = 30_000;
/** Milliseconds. RFC 7675 section 5.1 has a peer check every 4 to 6 s; Chromium checks every 2.5 s. */
const CHECKED_LATELY = 6_000;
/** A browser has a few interfaces, times our candidates; more is somebody filling tables. The packet plane keeps as many. */
const MAX_KNOWN_ADDRESSES = 32;
