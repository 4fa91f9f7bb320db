import {
  Attribute,
  BindingType,
  type StunMessage,
  StunWriter,
  TRANSACTION_ID_BYTES,
  TRANSACTION_ID_OFFSET,
  uint32,
} from '@waterbus/stun';
import type { IceParameters } from '../api/types.js';
import { ADDRESS_BYTES } from '../port/packet-port.js';
import { sameAddress } from './addresses.js';
import { passwordBytes } from './credentials.js';
import type { IceEnvironment } from './environment.js';

/** A check of an address that is not answered yet; `priority`: of the peer's check from there. */
export interface ReturnCheck {
  address: Uint8Array;
  transaction: Uint8Array;
  localFragment: string;
  priority: number;
  sent: number;
  /** Milliseconds. */
  resendAt: number;
}

/**
 * The agent's own checks: whether its peer receives at an address from which it has sent one. A
 * check from an address proves the sender's credentials, but not that the sender is there: source
 * addresses can be forged, and checks be repeated. Only the peer answers a check with its own
 * password, so an answer is a consent to receive there (RFC 7675 section 5.1).
 */
export class ReturnChecks {
  /** The peer has answered one, and thus answers all that reach it. */
  hasAnswer = false;
  private remote: { fragment: string; password: Uint8Array } | undefined;
  private pending: ReturnCheck[] = [];
  private lastSentAt = Number.NEGATIVE_INFINITY;
  private tieBreaker: Uint8Array | undefined;

  constructor(private readonly environment: IceEnvironment) {}

  get hasRemote(): boolean {
    return this.remote !== undefined;
  }

  /** The peer's own credentials, which a check of the peer does not contain. */
  setRemote(parameters: IceParameters, now: number): void {
    this.remote = { fragment: parameters.usernameFragment, password: passwordBytes(parameters.password) };
    // An address of the peer may have been checked before its credentials were known.
    for (const check of this.pending) Object.assign(check, { sent: 0, resendAt: now });
    this.advance(now);
  }

  /** Checks an address, until it answers or a few checks were in vain. */
  begin(checked: Uint8Array, localFragment: string, priority: number, now: number): void {
    const known = this.findPending(checked);
    if (known) {
      if (known.localFragment !== localFragment) known.sent = 0;
      // The transaction remains: an answer to it may be on its way.
      Object.assign(known, { localFragment, priority });
      return;
    }
    if (this.pending.length >= MAX_PENDING) this.pending.shift();
    const transaction = new Uint8Array(TRANSACTION_ID_BYTES);
    this.environment.random(transaction);
    this.pending.push({
      address: checked.slice(0, ADDRESS_BYTES),
      transaction,
      localFragment,
      priority,
      sent: 0,
      resendAt: now,
    });
    this.advance(now);
  }

  isPending(address: Uint8Array): boolean {
    return this.findPending(address) !== undefined;
  }

  /** The check that it answers: the peer receives at this address. */
  receiveAnswer(message: StunMessage, addressOffset: number): ReturnCheck | undefined {
    const { port, hmacSha1 } = this.environment;
    const check = this.pending.find(
      ({ address, transaction }) =>
        sameAddress(address, 0, port.arena, addressOffset) &&
        transaction.every((byte, index) => message.bytes[TRANSACTION_ID_OFFSET + index] === byte),
    );
    if (!check || !this.remote || !message.integrityHolds('sha1', this.remote.password, hmacSha1)) return undefined;
    this.pending.splice(this.pending.indexOf(check), 1);
    this.hasAnswer = true;
    return check;
  }

  nextDeadline(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.pending.length; i++) earliest = Math.min(earliest, this.pending[i]!.resendAt);
    return earliest;
  }

  advance(now: number): void {
    if (this.pending.length === 0) return;
    for (const check of this.pending) {
      if (now < check.resendAt) continue;
      // Without credentials, the address waits for them as long as it would for an answer.
      if (this.remote && now < this.lastSentAt + SHORTEST_INTERVAL) {
        check.resendAt = this.lastSentAt + SHORTEST_INTERVAL;
        continue;
      }
      if (this.remote && check.sent < MAX_SENT) this.send(check, now);
      check.sent++;
      check.resendAt = now + RESEND_INTERVAL;
    }
    this.pending = this.pending.filter(({ sent }) => sent <= MAX_SENT);
  }

  private findPending(checked: Uint8Array): ReturnCheck | undefined {
    return this.pending.find(({ address }) => sameAddress(address, 0, checked, 0));
  }

  private send({ address, transaction, localFragment }: ReturnCheck, now: number): void {
    const { port, stunScratch, hmacSha1 } = this.environment;
    const { fragment, password } = this.remote!;
    if (!this.tieBreaker) {
      this.tieBreaker = new Uint8Array(8);
      this.environment.random(this.tieBreaker);
    }
    const length = new StunWriter(port.arena, stunScratch)
      .begin(BindingType.Request, transaction, 0)
      // ICE user names are ASCII, as passwords are.
      .attribute(Attribute.Username, passwordBytes(`${fragment}:${localFragment}`))
      .attribute(Attribute.Priority, uint32(PEER_REFLEXIVE_PRIORITY))
      .attribute(Attribute.IceControlled, this.tieBreaker)
      .integrity('sha1', password, hmacSha1)
      .fingerprint()
      .finish();
    // Behind the message: `sendTo` reads the address from the arena.
    const addressOffset = stunScratch + length;
    port.arena.set(address, addressOffset);
    port.sendTo(addressOffset, stunScratch, length);
    this.lastSentAt = now;
  }
}

/** RFC 8445 section 5.1.2.1, for a peer-reflexive candidate of the first component. */
const PEER_REFLEXIVE_PRIORITY = (110 << 24) | (65_535 << 8) | 255;
/** Milliseconds between two checks of one transport (Ta of RFC 8445 section 14.2). */
const SHORTEST_INTERVAL = 50;
/** Milliseconds between two checks of one address. */
const RESEND_INTERVAL = 250;
/** For one address, until the peer checks it again. */
const MAX_SENT = 3;
/** Addresses that are checked at once; a peer moves to one. */
const MAX_PENDING = 4;
