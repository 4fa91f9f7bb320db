import {
  ADDRESS_BYTES,
  type AddressRecord,
  addressRecord,
  DtlsState,
  openPacketSocket,
  type PacketSocket,
  RECEIVE_WORDS,
  ReceiveKind,
  ReceiveWord,
  SEND_WORDS,
  SendFlag,
  SendWord,
} from '@waterbus/packet-io';
import { localRecord } from './address-record.js';
import { bindingRequest, isBindingSuccess } from './stun.js';

/** A transport as the server describes it. */
export interface RemoteTransport {
  iceParameters: { usernameFragment: string; password: string };
  iceCandidates: { address: string; port: number; protocol?: 'udp' | 'tcp' }[];
  dtlsParameters: { fingerprints: { algorithm: string; value: string }[] };
}

/** Handles the media of a peer. `bytes` are the plain packet's. */
export interface Reception {
  /**
   * `arrivedAt` in milliseconds of `performance.now()`; `joined`: the kernel delivered it in one
   * piece with the previous packet.
   */
  rtp(peer: Peer, offset: number, length: number, arrivedAt: number, joined: boolean): void;
  rtcp(peer: Peer, offset: number, length: number): void;
  /** The time of `wakeAt` is reached, milliseconds of `performance.now()`. */
  wake?(now: number): void;
}

export interface PeerSocketOptions {
  /**
   * The server is on this machine: each peer has a loopback address of its own, and several share a
   * socket. Without it a socket has one peer, which tries every candidate.
   */
  loopback?: boolean;
  /** Bytes of the arena for the user of the socket, from `ownOffset` on. */
  ownBytes?: number;
  /** Requested socket buffers, bytes. */
  buffer?: number;
  /** Messages that one batch reads. */
  batch?: number;
}

/** The media could not be connected; `code` names the step. */
export class MediaFailure extends Error {
  constructor(
    readonly code: 'media.no_candidate' | 'media.blocked' | 'media.handshake_failed',
    message: string,
  ) {
    super(message);
  }
}

/** A socket with the remote ends of some transports. */
export class PeerSocket {
  readonly socket: PacketSocket;
  readonly view: DataView;
  readonly peers: Peer[] = [];

  constructor(
    remotes: RemoteTransport[],
    private readonly reception: Reception,
    { loopback = false, ownBytes = 0, buffer = SOCKET_BUFFER, batch = 64 }: PeerSocketOptions = {},
  ) {
    this.socket = openPacketSocket({
      ...(loopback && { address: remotes.length === 1 ? '127.0.0.1' : '0.0.0.0' }),
      port: 0,
      maxSessions: remotes.length,
      callerBytes: OWN_AT + ownBytes,
      receiveBatch: batch,
      sendCapacity: 64,
      // Other work of the machine may delay this process; a large buffer avoids losses that are not
      // the worker's.
      socketBuffer: buffer,
      incoming: { packets: UNLIMITED, bits: UNLIMITED, stun: UNLIMITED, dtls: UNLIMITED, strangerStun: UNLIMITED },
      onBatch: (count, now) => this.receive(count, now),
      onWake: (now) => this.reception.wake?.(now),
    });
    this.view = new DataView(this.socket.arena.buffer, this.socket.arena.byteOffset);
    for (const remote of remotes) {
      const local = remotes.length === 1 ? 0 : this.peers.length;
      this.peers.push(new Peer(this, remote, loopback ? local : undefined));
    }
  }

  /** Where the bytes of the user begin. */
  get ownOffset(): number {
    return this.socket.callerOffset + OWN_AT;
  }

  close(): void {
    for (const peer of this.peers) peer.close();
    this.socket.close();
  }

  private receive(count: number, now: number): void {
    const { received, arena } = this.socket;
    let message = -1;
    for (let at = 0; at < count * RECEIVE_WORDS; at += RECEIVE_WORDS) {
      const offset = received[at + ReceiveWord.Offset]!;
      const address = received[at + ReceiveWord.Address]!;
      // The answer to the first check comes from an address that belongs to no session.
      const session = received[at + ReceiveWord.Session]!;
      const peer = this.peers[session === -1 ? 0 : session];
      if (!peer) continue;
      switch (received[at + ReceiveWord.Kind]) {
        case ReceiveKind.Rtp: {
          // Datagrams of one message share the record of its address.
          const arrivedAt = now - received[at + ReceiveWord.Age]! / 1000;
          this.reception.rtp(peer, offset, received[at + ReceiveWord.Length]!, arrivedAt, address === message);
          message = address;
          break;
        }
        case ReceiveKind.Rtcp:
          this.reception.rtcp(peer, offset, received[at + ReceiveWord.Length]!);
          break;
        case ReceiveKind.Stun:
          if (isBindingSuccess(arena, offset)) peer.checked(address);
          break;
        case ReceiveKind.Dtls:
          peer.dtlsState(offset);
          break;
      }
    }
  }
}

/** The remote end of one transport, with ICE (controlling) and DTLS (client) as in a browser. */
export class Peer {
  readonly connected: Promise<void>;
  readonly session: number;
  /** Its index in the lists of the process. */
  index = -1;
  private isChecked = false;
  private readonly candidates: AddressRecord[];
  private readonly since = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private resolve!: () => void;
  private reject!: (error: Error) => void;

  /** `localNumber`: its loopback address. */
  constructor(
    readonly owner: PeerSocket,
    private readonly remote: RemoteTransport,
    localNumber?: number,
  ) {
    this.connected = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // The user awaits it when the server knows the fingerprint.
    this.connected.catch(() => {});
    this.session = this.socket.openSession();
    const udp = remote.iceCandidates.filter(({ protocol }) => protocol !== 'tcp');
    this.candidates = localNumber === undefined ? udp.flatMap(addressRecord) : localRecord(udp, localNumber);
    if (this.candidates.length === 0) {
      this.reject(new MediaFailure('media.no_candidate', 'the server offers no UDP address'));
      return;
    }
    if (localNumber !== undefined) {
      this.socket.arena.set(this.candidates[0]!, this.addressOffset);
      this.socket.setAddress(this.session, this.addressOffset);
    }
    this.check();
  }

  get socket(): PacketSocket {
    return this.owner.socket;
  }

  /** Sends the RTP packet at `offset`; the addon patches its header. */
  sendRtp(
    length: number,
    payloadType: number,
    sequenceNumber: number,
    timestamp: number,
    ssrc: number,
    offset = this.packetOffset,
    flags = 0,
  ): void {
    this.describe(offset, length, SendFlag.Rtp | flags);
    const { sends } = this.socket;
    sends[SendWord.PayloadType] = payloadType;
    sends[SendWord.SequenceNumber] = sequenceNumber & 0xffff;
    sends[SendWord.Timestamp] = timestamp | 0;
    sends[SendWord.Ssrc] = ssrc | 0;
    sends[SendWord.TransportWide] = -1;
    this.socket.flush(1);
  }

  /** Sends the packet at `offset` again over its retransmission stream (RFC 4588). */
  sendAgain(
    offset: number,
    length: number,
    timestamp: number,
    original: number,
    rtx: { payloadType: number; sequenceNumber: number; ssrc: number; transportWide: number; numberAt: number },
  ): void {
    this.describe(offset, length, SendFlag.Rtp | SendFlag.Rtx);
    const { sends } = this.socket;
    sends[SendWord.PayloadType] = rtx.payloadType;
    sends[SendWord.SequenceNumber] = rtx.sequenceNumber & 0xffff;
    sends[SendWord.Timestamp] = timestamp | 0;
    sends[SendWord.Ssrc] = rtx.ssrc | 0;
    sends[SendWord.TransportWide] = rtx.transportWide & 0xffff;
    sends[SendWord.TransportWideOffset] = rtx.numberAt;
    sends[SendWord.OriginalSequenceNumber] = original & 0xffff;
    this.socket.flush(1);
  }

  sendRtcp(length: number): void {
    this.describe(this.packetOffset, length, 0);
    this.socket.flush(1);
  }

  /** Sends the bytes at `packetOffset` unchanged to a port of this machine. */
  sendPlain(length: number, port: number): void {
    const { socket } = this;
    const copy = socket.callerOffset + FLOOR_ADDRESS_AT;
    socket.arena.copyWithin(copy, this.addressOffset, this.addressOffset + ADDRESS_BYTES);
    socket.arena[copy + 2] = port >> 8;
    socket.arena[copy + 3] = port & 0xff;
    socket.sendTo(copy, this.packetOffset, length);
  }

  get packetOffset(): number {
    return this.socket.callerOffset + PACKET_AT;
  }

  /** `from`: where the record of the address that answered lies. */
  checked(from: number): void {
    if (this.isChecked) return;
    this.isChecked = true;
    const { arena } = this.socket;
    arena.copyWithin(this.addressOffset, from, from + ADDRESS_BYTES);
    this.socket.setAddress(this.session, this.addressOffset);
    // Only now nominated, where several candidates were tried.
    if (this.candidates.length > 1) this.sendCheck();
    const fingerprint = this.remote.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
    if (!fingerprint) {
      this.reject(new MediaFailure('media.handshake_failed', 'the transport offers no sha-256 fingerprint'));
      return;
    }
    this.socket.startDtls(this.session, 'client', fingerprint);
  }

  dtlsState(state: number): void {
    if (state === DtlsState.Connected) this.resolve();
    if (state === DtlsState.Failed)
      this.reject(new MediaFailure('media.handshake_failed', 'the DTLS handshake failed'));
  }

  close(): void {
    clearTimeout(this.timer);
    this.reject(new MediaFailure('media.blocked', 'closed before it was connected'));
  }

  private describe(offset: number, length: number, flags: number): void {
    const { sends } = this.socket;
    sends.fill(0, 0, SEND_WORDS);
    sends[SendWord.Session] = this.session;
    sends[SendWord.Offset] = offset;
    sends[SendWord.Length] = length;
    sends[SendWord.Flags] = flags;
  }

  /** Checks continue for the whole call: they are the server's consent to send (RFC 7675). */
  private check(): void {
    if (!this.isChecked) {
      if (performance.now() - this.since > PATIENCE) {
        const tried = this.remote.iceCandidates.map(({ address, port }) => `${address} ${port}`).join(', ');
        this.reject(new MediaFailure('media.blocked', `no answer over UDP from ${tried}`));
        return;
      }
      for (const record of this.candidates) {
        this.socket.arena.set(record, this.addressOffset);
        this.sendCheck(this.candidates.length === 1);
      }
    } else {
      this.sendCheck();
    }
    this.timer = setTimeout(() => this.check(), this.isChecked ? CHECK_INTERVAL : FIRST_INTERVAL);
  }

  private sendCheck(nominate = true): void {
    const { usernameFragment, password } = this.remote.iceParameters;
    const request = bindingRequest(`${usernameFragment}:${LOCAL_FRAGMENT}`, password, nominate);
    this.socket.arena.set(request, this.socket.callerOffset + CHECK_AT);
    this.socket.sendTo(this.addressOffset, this.socket.callerOffset + CHECK_AT, request.length);
  }

  private get addressOffset(): number {
    return this.socket.callerOffset + ADDRESSES_AT + this.session * ADDRESS_BYTES;
  }
}

const CHECK_AT = 0;
const FLOOR_ADDRESS_AT = 512;
const PACKET_AT = 1_024;
const ADDRESSES_AT = 3_072;
const OWN_AT = 16_384;
const SOCKET_BUFFER = 8 << 20;
const UNLIMITED = 1e12;
const LOCAL_FRAGMENT = 'load';
/** The interval of Chromium's checks on a stable connection, and before the first answer. */
const CHECK_INTERVAL = 2_500;
const FIRST_INTERVAL = 50;
/** Milliseconds without an answer, after which the path counts as blocked. */
const PATIENCE = 10_000;
