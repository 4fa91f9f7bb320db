import {
  ADDRESS_BYTES,
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
import { bindingRequest, isBindingSuccess } from './stun.js';

export interface RemoteTransport {
  iceParameters: { usernameFragment: string; password: string };
  iceCandidates: { address: string; port: number }[];
  dtlsParameters: { fingerprints: { algorithm: string; value: string }[] };
}

/** Handles the media of a peer. `bytes` are the plain packet's. */
export interface Reception {
  /**
   * `arrivedAt` in milliseconds of `performance.now()`; `joined`: the kernel delivered it in one
   * piece with the previous packet.
   */
  rtp(peer: Peer, offset: number, length: number, arrivedAt: number, joined: boolean): void;
  rtcp(peer: Peer, offset: number): void;
}

/** A socket with the remote ends of some transports, each with a loopback address of its own. */
export class PeerSocket {
  readonly socket: PacketSocket;
  readonly view: DataView;
  readonly peers: Peer[] = [];

  constructor(
    remotes: RemoteTransport[],
    private readonly reception: Reception,
  ) {
    this.socket = openPacketSocket({
      address: remotes.length === 1 ? '127.0.0.1' : '0.0.0.0',
      port: 0,
      maxSessions: remotes.length,
      callerBytes: CALLER_BYTES,
      receiveBatch: 64,
      sendCapacity: 64,
      // Other work of the machine may delay this process; a large buffer avoids losses that are not
      // the worker's.
      socketBuffer: SOCKET_BUFFER,
      incoming: { packets: UNLIMITED, bits: UNLIMITED, stun: UNLIMITED, dtls: UNLIMITED },
      onBatch: (count, now) => this.receive(count, now),
    });
    this.view = new DataView(this.socket.arena.buffer, this.socket.arena.byteOffset);
    for (const remote of remotes) this.peers.push(new Peer(this, remote, remotes.length === 1 ? 0 : this.peers.length));
  }

  private receive(count: number, now: number): void {
    const { received, arena } = this.socket;
    let message = -1;
    for (let at = 0; at < count * RECEIVE_WORDS; at += RECEIVE_WORDS) {
      const offset = received[at + ReceiveWord.Offset]!;
      const peer = this.peers[received[at + ReceiveWord.Session]!];
      if (!peer) continue;
      switch (received[at + ReceiveWord.Kind]) {
        case ReceiveKind.Rtp: {
          // Datagrams of one message share the record of its address.
          const address = received[at + ReceiveWord.Address]!;
          const arrivedAt = now - received[at + ReceiveWord.Age]! / 1000;
          this.reception.rtp(peer, offset, received[at + ReceiveWord.Length]!, arrivedAt, address === message);
          message = address;
          break;
        }
        case ReceiveKind.Rtcp:
          this.reception.rtcp(peer, offset);
          break;
        case ReceiveKind.Stun:
          if (isBindingSuccess(arena, offset)) peer.checked();
          break;
        case ReceiveKind.Dtls:
          peer.dtlsState(offset);
          break;
      }
    }
  }
}

/** The remote end of one transport, with ICE and DTLS as in a browser. */
export class Peer {
  readonly connected: Promise<void>;
  readonly session: number;
  /** Its index in the lists of the process. */
  index = -1;
  private isChecked = false;
  private resolve!: () => void;
  private reject!: (error: Error) => void;

  constructor(
    readonly owner: PeerSocket,
    private readonly remote: RemoteTransport,
    localNumber: number,
  ) {
    this.connected = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.session = this.socket.openSession();
    this.writeAddress(localNumber);
    this.socket.setAddress(this.session, this.addressOffset);
    this.check();
    setInterval(() => this.check(), CHECK_INTERVAL);
  }

  get socket(): PacketSocket {
    return this.owner.socket;
  }

  /** Sends the RTP packet at `packetOffset`; the addon patches its header. */
  sendRtp(length: number, payloadType: number, sequenceNumber: number, timestamp: number, ssrc: number): void {
    this.describe(length, SendFlag.Rtp);
    const { sends } = this.socket;
    sends[SendWord.PayloadType] = payloadType;
    sends[SendWord.SequenceNumber] = sequenceNumber & 0xffff;
    sends[SendWord.Timestamp] = timestamp | 0;
    sends[SendWord.Ssrc] = ssrc | 0;
    sends[SendWord.TransportWide] = -1;
    this.socket.flush(1);
  }

  sendRtcp(length: number): void {
    this.describe(length, 0);
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

  checked(): void {
    if (this.isChecked) return;
    this.isChecked = true;
    const fingerprint = this.remote.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
    if (!fingerprint) throw new Error('the transport offers no sha-256 fingerprint');
    this.socket.startDtls(this.session, 'client', fingerprint);
  }

  dtlsState(state: number): void {
    if (state === DtlsState.Connected) this.resolve();
    if (state === DtlsState.Failed) this.reject(new Error('the DTLS handshake failed'));
  }

  private describe(length: number, flags: number): void {
    const { sends } = this.socket;
    sends.fill(0, 0, SEND_WORDS);
    sends[SendWord.Session] = this.session;
    sends[SendWord.Offset] = this.packetOffset;
    sends[SendWord.Length] = length;
    sends[SendWord.Flags] = flags;
  }

  /** Checks continue for the whole call: they are the server's consent to send (RFC 7675). */
  private check(): void {
    const { usernameFragment, password } = this.remote.iceParameters;
    const request = bindingRequest(`${usernameFragment}:${LOCAL_FRAGMENT}`, password);
    this.socket.arena.set(request, this.socket.callerOffset + CHECK_AT);
    this.socket.sendTo(this.addressOffset, this.socket.callerOffset + CHECK_AT, request.length);
  }

  private get addressOffset(): number {
    return this.socket.callerOffset + ADDRESSES_AT + this.session * ADDRESS_BYTES;
  }

  private writeAddress(localNumber: number): void {
    const candidate = this.remote.iceCandidates.find(({ address }) => address === '127.0.0.1');
    if (!candidate) throw new Error('the transport has no loopback candidate');
    const record = this.socket.arena.subarray(this.addressOffset, this.addressOffset + ADDRESS_BYTES);
    record.fill(0);
    record[0] = 4;
    record[2] = candidate.port >> 8;
    record[3] = candidate.port & 0xff;
    record.set([127, 0, 0, 1], 4);
    record.set([127, 0, localNumber >> 8, (localNumber & 0xff) + 1], 20);
  }
}

const CHECK_AT = 0;
const FLOOR_ADDRESS_AT = 512;
const PACKET_AT = 1_024;
const ADDRESSES_AT = 3_072;
const CALLER_BYTES = 16_384;
const SOCKET_BUFFER = 8 << 20;
const UNLIMITED = 1e12;
const LOCAL_FRAGMENT = 'bench';
/** The interval of Chromium's checks on a stable connection. */
const CHECK_INTERVAL = 2_500;
