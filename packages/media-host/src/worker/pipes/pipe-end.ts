import { createHmac, randomFillSync } from 'node:crypto';
import type { TransportParameters } from '@waterbus/media';
import { ADDRESS_BYTES, type AddressRecord, type PacketSocket } from '@waterbus/packet-io';
import {
  Attribute,
  BindingType,
  type Hmac,
  type StunMessage,
  StunWriter,
  TRANSACTION_ID_BYTES,
  uint32,
} from '@waterbus/stun';

/** One side of a pipe, toward one transport. */
export interface PipeSide {
  /** UDP addresses of its media node, each one tried. */
  candidates: readonly AddressRecord[];
  parameters: Pick<TransportParameters, 'iceParameters' | 'dtlsParameters'>;
}

/**
 * The remote end of one transport, as a browser is one: it has the controlling role of ICE and the
 * active role of DTLS. It takes the candidate that answers first.
 */
export class PipeEnd {
  readonly session: number;
  isConnected = false;
  private isSelected = false;
  private readonly transaction = new Uint8Array(TRANSACTION_ID_BYTES);
  private readonly tieBreaker = randomFillSync(new Uint8Array(8));
  private readonly username: Buffer;
  private readonly password: Buffer;
  private readonly connectBy: number;
  /** Time of the last answer, milliseconds. */
  private answeredAt = Number.NEGATIVE_INFINITY;
  private checkAt: number;

  /** `scratch`: where `END_BYTES` of the arena belong to this end. */
  constructor(
    private readonly socket: PacketSocket,
    private readonly scratch: number,
    private readonly side: PipeSide,
    now: number,
  ) {
    const { usernameFragment, password } = side.parameters.iceParameters;
    this.session = socket.openSession();
    this.username = Buffer.from(`${usernameFragment}:${LOCAL_FRAGMENT}`);
    this.password = Buffer.from(password);
    this.connectBy = now + CONNECT_TIMEOUT;
    this.checkAt = now;
    randomFillSync(this.transaction);
  }

  nextDeadline(): number {
    const end = this.isConnected ? this.answeredAt + CONSENT_TIMEOUT : this.connectBy;
    return Math.min(end, this.checkAt);
  }

  /** Sends due checks. False when the transport cannot be reached, or not any more. */
  advance(now: number): boolean {
    if (now >= (this.isConnected ? this.answeredAt + CONSENT_TIMEOUT : this.connectBy)) return false;
    if (now < this.checkAt) return true;
    if (this.isSelected) {
      // An answer to an earlier check proves nothing about now.
      randomFillSync(this.transaction);
      this.sendCheck(true);
    } else {
      for (const candidate of this.side.candidates) {
        this.socket.arena.set(candidate, this.scratch);
        this.sendCheck(false);
      }
    }
    this.checkAt = now + (this.isSelected ? CHECK_INTERVAL : FIRST_INTERVAL);
    return true;
  }

  /** Takes an answer to one of its checks, and begins DTLS at the first. */
  receiveAnswer(message: StunMessage, addressOffset: number, now: number): void {
    if (!this.transaction.every((byte, i) => byte === message.transactionId[i])) return;
    if (!message.integrityHolds('sha1', this.password, hmacSha1)) return;
    this.answeredAt = now;
    if (this.isSelected) return;
    const { arena } = this.socket;
    arena.copyWithin(this.scratch, addressOffset, addressOffset + ADDRESS_BYTES);
    if (!this.socket.setAddress(this.session, this.scratch)) return;
    this.isSelected = true;
    this.checkAt = now;
    this.advance(now);
    const [fingerprint] = this.side.parameters.dtlsParameters.fingerprints;
    this.socket.startDtls(this.session, 'client', fingerprint!);
  }

  private sendCheck(nominate: boolean): void {
    const at = this.scratch + ADDRESS_BYTES;
    const writer = new StunWriter(this.socket.arena, at)
      .begin(BindingType.Request, this.transaction, 0)
      .attribute(Attribute.Username, this.username)
      .attribute(Attribute.Priority, uint32(PEER_REFLEXIVE_PRIORITY))
      .attribute(Attribute.IceControlling, this.tieBreaker);
    if (nominate) writer.attribute(Attribute.UseCandidate, NOTHING);
    const length = writer.integrity('sha1', this.password, hmacSha1).fingerprint().finish();
    this.socket.sendTo(this.scratch, at, length);
  }
}

/** An address record, and behind it a check. */
export const END_BYTES = 1024;

const hmacSha1: Hmac = (key, bytes) => createHmac('sha1', key).update(bytes).digest();
const NOTHING = new Uint8Array(0);
/** The transports here are ICE-lite: they send no checks, and so never use it. */
const LOCAL_FRAGMENT = 'pipe';
/** RFC 8445 section 5.1.2.1, for a peer-reflexive candidate of the first component. */
const PEER_REFLEXIVE_PRIORITY = (110 << 24) | (65_535 << 8) | 255;
/** Milliseconds between checks of all candidates, and later of the selected one, as in Chromium. */
const FIRST_INTERVAL = 100;
const CHECK_INTERVAL = 2500;
/** Milliseconds: between servers, a path without an answer by then is blocked. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds: six checks in vain. */
const CONSENT_TIMEOUT = 15_000;
