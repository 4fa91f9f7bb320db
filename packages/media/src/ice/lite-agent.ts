import { Attribute, BindingType, type StunMessage, StunWriter, TRANSACTION_ID_OFFSET } from '@waterbus/stun';
import type { IceParameters } from '../api/types.js';
import { ADDRESS_BYTES, AddressProtocol } from '../port/packet-port.js';
import { sameAddress } from './addresses.js';
import type { IceCheck } from './check.js';
import { makeIceParameters, passwordBytes } from './credentials.js';
import type { IceEnvironment } from './environment.js';
import { ReturnChecks } from './return-checks.js';

/** The receiver of checks under a user name fragment. */
export interface CheckReceiver {
  readonly session: number;
  receiveCheck(check: IceCheck, localFragment: string, addressOffset: number): void;
}

/** The engine's registry of user name fragments. */
export interface FragmentRegistry {
  add(usernameFragment: string): void;
  delete(usernameFragment: string): void;
}

/** The result of a check for its transport. */
export type CheckOutcome = 'refused' | 'valid' | 'nominated';

/**
 * The lite side of ICE (RFC 8445 section 2.5): it answers authenticated checks. It sends only to
 * the address that the controlling peer nominated last or has sent authentic media from since.
 * Before the first nomination it sends to the address of the first authenticated check: Chromium
 * begins DTLS then and nominates some 50 ms later. A connected peer whose credentials are known
 * moves as soon as it has answered a check from here.
 */
export class IceLiteAgent {
  parameters: IceParameters;
  /** The selected address record; meaningless before `hasAddress`. */
  readonly selectedAddress = new Uint8Array(ADDRESS_BYTES);
  hasAddress = false;
  private nominated = false;
  /** Time of the last check of the selected address, milliseconds. */
  private selectedCheckedAt = Number.NEGATIVE_INFINITY;
  /** PRIORITY of the check that nominated it, and the credentials it used. */
  private selectedPriority = 0;
  private selectedFragment = '';
  /** An address of lower priority that was nominated once after the selected one. */
  private contender: Uint8Array | undefined;
  /** Credentials before a restart; valid until the new ones are used (RFC 8445 section 9). */
  private previous: IceParameters | undefined;
  /** The peer has keys: its media prove its address, and a check alone no longer does. */
  private secured = false;
  private readonly passwords = new Map<string, Uint8Array>();
  /** Other addresses that passed a check, in the order of their last check. */
  private readonly known: { address: Uint8Array; checkedAt: number; proven: boolean }[] = [];
  private readonly returnChecks: ReturnChecks;

  constructor(
    private readonly environment: IceEnvironment,
    private readonly session: number,
    private readonly registry: FragmentRegistry,
  ) {
    this.parameters = this.makeParameters();
    this.returnChecks = new ReturnChecks(environment);
  }

  /**
   * Time of the peer's last consent to receive, milliseconds. A check gives consent for the 5-tuple
   * that the agent sends to and no other (RFC 7675 section 5.1); before the first nomination, any
   * check counts.
   */
  get consentedAt(): number {
    if (this.nominated) return this.selectedCheckedAt;
    return Math.max(this.selectedCheckedAt, this.known.at(-1)?.checkedAt ?? Number.NEGATIVE_INFINITY);
  }

  /** DTLS is connected over the selected address. */
  dtlsConnected(now: number): void {
    this.secured = true;
    this.tryReturnChecks(now);
  }

  /** The peer's own credentials, from signalling; others after it has restarted ICE. */
  setRemote(parameters: IceParameters, now: number): void {
    this.returnChecks.setRemote(parameters, now);
    this.tryReturnChecks(now);
  }

  nextDeadline(): number {
    return this.returnChecks.nextDeadline();
  }

  advance(now: number): void {
    this.returnChecks.advance(now);
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
  receiveCheck(check: IceCheck, localFragment: string, addressOffset: number, now: number): CheckOutcome {
    const password = this.passwords.get(localFragment);
    if (!password || !check.message.integrityHolds('sha1', password, this.environment.hmacSha1)) {
      answerError(this.environment, check, 401, addressOffset);
      return 'refused';
    }
    if (check.unknown.length > 0) {
      answerError(this.environment, check, 420, addressOffset, password);
      return 'refused';
    }
    // A lite agent is always controlled; a peer that claims the same role must switch (RFC 8445
    // section 7.3.1.1).
    if (check.controlled) {
      answerError(this.environment, check, 487, addressOffset, password);
      return 'refused';
    }
    const priority = check.priority ?? 0;
    const outranks = check.useCandidate && this.outranks(priority, localFragment, addressOffset, now);
    const selects = outranks && !this.mustProve(addressOffset, now);
    const isFirst = !this.hasAddress;
    const sendsThere = selects || isFirst || this.isSelected(addressOffset);
    const isBound = sendsThere ? this.bind(addressOffset) : this.add(addressOffset, now);
    // The address belongs to another session: the sender is not our peer, and the answer would
    // reach a third party.
    if (!isBound) return 'refused';
    if (selects) {
      this.selectedPriority = priority;
      this.selectedFragment = localFragment;
      this.nominated = true;
      this.select(addressOffset, now);
    } else if (isFirst) this.select(addressOffset, now);
    else if (this.isSelected(addressOffset)) this.selectedCheckedAt = now;
    else if (outranks) this.returnChecks.begin(this.recordAt(addressOffset), localFragment, priority, now);
    if (check.useCandidate && localFragment === this.parameters.usernameFragment) this.forgetPrevious();
    this.answerSuccess(check, password, addressOffset);
    return check.useCandidate ? 'nominated' : 'valid';
  }

  /**
   * Authentic media arrived in order from an address other than the selected one. The peer has
   * moved there: a NAT assigned another port, or the peer prefers another pair. True when sending
   * follows, which needs consent from there.
   */
  receiveMediaFrom(addressOffset: number, now: number): boolean {
    if (!this.hasAddress || this.isSelected(addressOffset)) return false;
    const known = this.find(addressOffset);
    if (!known || known.checkedAt + CONSENT_TIMEOUT <= now) return false;
    if (this.returnChecks.hasAnswer && !known.proven) {
      if (!this.returnChecks.isPending(known.address))
        this.returnChecks.begin(known.address, this.selectedFragment, this.selectedPriority, now);
      return false;
    }
    if (!this.bind(addressOffset)) return false;
    this.select(addressOffset, known.checkedAt);
    return true;
  }

  /** An answer to one of the agent's own checks. True when sending moves to where it came from. */
  receiveAnswer(message: StunMessage, addressOffset: number, now: number): boolean {
    const check = this.returnChecks.receiveAnswer(message, addressOffset);
    const known = this.find(addressOffset);
    if (!check || !known) return false;
    known.proven = true;
    const { localFragment, priority } = check;
    // Of several addresses that were nominated at once, the highest remains.
    if (localFragment === this.selectedFragment && priority < this.selectedPriority) return false;
    if (!this.bind(addressOffset)) return false;
    this.selectedPriority = priority;
    this.selectedFragment = localFragment;
    this.nominated = true;
    this.select(addressOffset, now);
    return true;
  }

  /**
   * The TCP connection of the selected address has ended. True when sending continues at the
   * address checked last. Else it continues at that of the next check, as before the first one.
   */
  selectedEnded(now: number): boolean {
    this.hasAddress = this.nominated = false;
    this.selectedCheckedAt = Number.NEGATIVE_INFINITY;
    this.contender = undefined;
    return this.selectLastChecked(now);
  }

  /**
   * Checks of the selected address have stopped: selects the address checked last, if its check is
   * still valid.
   */
  fallBack(now: number): boolean {
    return this.hasAddress && this.selectLastChecked(now);
  }

  /** Whether packets to the selected address arrive in order or not at all: TCP. */
  get isReliable(): boolean {
    return this.hasAddress && this.selectedAddress[1] === AddressProtocol.Tcp;
  }

  private selectLastChecked(now: number): boolean {
    const last = this.known.at(-1);
    if (!last || last.checkedAt + CONSENT_TIMEOUT <= now) return false;
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
   * Whether a nominating check is to make its address the selected one. Firefox nominates every
   * pair it checks (RFC 5245's aggressive nomination), and the highest priority of those wins (RFC
   * 8445 section 7.3.2). Chromium nominates one pair, and changes to another, perhaps lower one,
   * when its network changes: it then nominates the old one no more.
   */
  private outranks(priority: number, localFragment: string, addressOffset: number, now: number): boolean {
    const { arena } = this.environment.port;
    if (!this.nominated || localFragment !== this.selectedFragment || priority > this.selectedPriority) return true;
    if (this.selectedCheckedAt + CONSENT_TIMEOUT <= now) return true;
    if (this.isSelected(addressOffset)) {
      this.contender = undefined;
      return true;
    }
    // The same candidate of the peer behind a NAT that assigned another port.
    if (priority === this.selectedPriority && this.selectedCheckedAt + CHECKED_TOGETHER <= now) return true;
    if (this.contender && sameAddress(this.contender, 0, arena, addressOffset)) {
      this.selectedPriority = Math.min(this.selectedPriority, priority);
      return true;
    }
    this.contender = arena.slice(addressOffset, addressOffset + ADDRESS_BYTES);
    return false;
  }

  /**
   * A peer that still checks the selected address and has keys must prove a move, with media or
   * with its answer to a check: otherwise anybody with the credentials could direct media to a third
   * party with one forged datagram. Of a peer that answers checks, only an answer proves a move.
   */
  private mustProve(addressOffset: number, now: number): boolean {
    if (!this.secured || this.isSelected(addressOffset)) return false;
    return this.returnChecks.hasAnswer || now < this.selectedCheckedAt + CHECKED_LATELY;
  }

  /** Whether the peer answers checks is known before it moves. */
  private tryReturnChecks(now: number): void {
    if (!this.secured || !this.hasAddress || this.returnChecks.hasAnswer || !this.returnChecks.hasRemote) return;
    this.returnChecks.begin(this.selectedAddress, this.selectedFragment, this.selectedPriority, now);
  }

  private recordAt(addressOffset: number): Uint8Array {
    return this.environment.port.arena.subarray(addressOffset, addressOffset + ADDRESS_BYTES);
  }

  private find(addressOffset: number): (typeof this.known)[number] | undefined {
    const { arena } = this.environment.port;
    return this.known.find(({ address }) => sameAddress(address, 0, arena, addressOffset));
  }

  private isSelected(addressOffset: number): boolean {
    return this.hasAddress && sameAddress(this.selectedAddress, 0, this.environment.port.arena, addressOffset);
  }

  private select(addressOffset: number, checkedAt: number): void {
    if (!this.isSelected(addressOffset)) {
      const { arena } = this.environment.port;
      // The old address may still have consent, and media from there may be on their way.
      if (this.hasAddress) this.remember(this.selectedAddress.slice(), this.selectedCheckedAt, true);
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

  private remember(address: Uint8Array, checkedAt: number, proven = false): void {
    const index = this.known.findIndex((known) => sameAddress(known.address, 0, address, 0));
    const [before] = index >= 0 ? this.known.splice(index, 1) : [];
    if (!before && this.known.length >= MAX_KNOWN_ADDRESSES) this.known.shift();
    this.known.push({ address, checkedAt, proven: proven || (before?.proven ?? false) });
  }

  private answerSuccess(check: IceCheck, password: Uint8Array, addressOffset: number): void {
    const { port, stunScratch, hmacSha1 } = this.environment;
    const writer = begin(this.environment, BindingType.Success, check);
    mappedAddress(writer, port.arena, addressOffset);
    port.sendTo(addressOffset, stunScratch, writer.integrity('sha1', password, hmacSha1).fingerprint().finish());
  }
}

/**
 * Sends an error answer (RFC 8489 section 9.1.3); with integrity where the request was
 * authenticated.
 */
export function answerError(
  environment: IceEnvironment,
  check: IceCheck,
  code: 400 | 401 | 420 | 487,
  addressOffset: number,
  password?: Uint8Array,
): void {
  const { port, stunScratch, hmacSha1 } = environment;
  const writer = begin(environment, BindingType.Error, check).errorCode(code);
  if (code === 420) writer.unknownAttributes(check.unknown);
  if (password) writer.integrity('sha1', password, hmacSha1);
  port.sendTo(addressOffset, stunScratch, writer.fingerprint().finish());
}

/**
 * Answers a Binding request without credentials with the address that it came from (RFC 8489
 * section 6): a browser thereby tests whether UDP reaches this port. The request proves nothing
 * about its sender, so the answer is the shortest possible and changes no state. The packet plane
 * limits such requests by address.
 */
export function answerPlain(environment: IceEnvironment, check: IceCheck, addressOffset: number): void {
  if (check.unknown.length > 0) {
    answerError(environment, check, 420, addressOffset);
    return;
  }
  const { port, stunScratch } = environment;
  const writer = begin(environment, BindingType.Success, check);
  mappedAddress(writer, port.arena, addressOffset);
  if (check.message.hasFingerprint) writer.fingerprint();
  port.sendTo(addressOffset, stunScratch, writer.finish());
}

function begin({ port, stunScratch }: IceEnvironment, type: number, { message }: IceCheck): StunWriter {
  return new StunWriter(port.arena, stunScratch).begin(type, message.bytes, TRANSACTION_ID_OFFSET);
}

/** Of the address record at `addressOffset`. */
function mappedAddress(writer: StunWriter, arena: Uint8Array, addressOffset: number): void {
  writer.xorAddress(Attribute.XorMappedAddress, arena, addressOffset + 2, arena[addressOffset] === 6 ? 16 : 4);
}

/**
 * The longest message, rounded up: a check with two user name fragments of 256 characters, and the
 * record of its receiver's address. An answer has 16 unknown attributes at most.
 */
export const MAX_STUN_BYTES = 768;
/** RFC 7675 section 5.1: consent expires 30 s after it was last given. */
export const CONSENT_TIMEOUT = 30_000;
/**
 * Milliseconds. RFC 7675 section 5.1 requires a check every 4 to 6 s; Chromium checks every 2.5 s.
 */
const CHECKED_LATELY = 6_000;
/** Milliseconds in which a peer that nominates several pairs at once has nominated them all. */
const CHECKED_TOGETHER = 1_000;
/**
 * A browser has a few interfaces, times our candidates; more would be an attack on memory. The
 * packet plane keeps as many.
 */
const MAX_KNOWN_ADDRESSES = 32;
