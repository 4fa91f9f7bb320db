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
 * address that the controlling peer nominated last.
 */
export class IceLiteAgent {
  parameters: IceParameters;
  /** When the last authenticated check came, milliseconds; consent rests on it (RFC 7675). */
  lastCheckAt = Number.NEGATIVE_INFINITY;
  /** The nominated address record; meaningless before `nominated`. */
  readonly selectedAddress = new Uint8Array(ADDRESS_BYTES);
  nominated = false;
  /** PRIORITY of the check that nominated it, and the credentials it used. */
  private selectedPriority = 0;
  private selectedFragment = '';
  /** An address of lower priority that was nominated once since the selected one was. */
  private contender: Uint8Array | undefined;
  /** Credentials before a restart; they count until the new ones are used (RFC 8445 section 9). */
  private previous: IceParameters | undefined;
  private readonly passwords = new Map<string, Uint8Array>();
  private readonly known: Uint8Array[] = [];

  constructor(
    private readonly environment: IceEnvironment,
    private readonly session: number,
    private readonly registry: FragmentRegistry,
  ) {
    this.parameters = this.makeParameters();
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
    this.lastCheckAt = now;
    this.answerSuccess(message, password, addressOffset);
    if (!message.useCandidate) {
      this.learnAddress(addressOffset);
      return 'valid';
    }
    if (localFragment === this.parameters.usernameFragment) this.forgetPrevious();
    if (this.prefers(message.priority ?? 0, localFragment, addressOffset)) {
      this.selectedPriority = message.priority ?? 0;
      this.selectedFragment = localFragment;
      this.selectAddress(addressOffset);
    } else this.learnAddress(addressOffset);
    return 'nominated';
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
   * goes over to another, perhaps lower one, when its network changes: then the old one is nominated no more.
   */
  private prefers(priority: number, localFragment: string, addressOffset: number): boolean {
    const arena = this.environment.port.arena;
    if (!this.nominated || localFragment !== this.selectedFragment || priority > this.selectedPriority) return true;
    if (sameAddress(this.selectedAddress, 0, arena, addressOffset)) {
      this.contender = undefined;
      return true;
    }
    if (this.contender && sameAddress(this.contender, 0, arena, addressOffset)) return true;
    this.contender = arena.slice(addressOffset, addressOffset + ADDRESS_BYTES);
    return false;
  }

  private selectAddress(addressOffset: number): void {
    const arena = this.environment.port.arena;
    if (this.nominated && sameAddress(this.selectedAddress, 0, arena, addressOffset)) return;
    this.nominated = true;
    this.contender = undefined;
    for (let i = 0; i < ADDRESS_BYTES; i++) this.selectedAddress[i] = arena[addressOffset + i]!;
    this.environment.port.setAddress(this.session, addressOffset);
  }

  private learnAddress(addressOffset: number): void {
    const arena = this.environment.port.arena;
    if (this.nominated && sameAddress(this.selectedAddress, 0, arena, addressOffset)) return;
    for (const known of this.known) if (sameAddress(known, 0, arena, addressOffset)) return;
    if (this.known.length >= MAX_KNOWN_ADDRESSES) return;
    this.known.push(arena.slice(addressOffset, addressOffset + ADDRESS_BYTES));
    this.environment.port.addAddress(this.session, addressOffset);
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

/** A browser has a few interfaces, times our candidates; more is somebody filling tables. */
const MAX_KNOWN_ADDRESSES = 32;
