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

/** The far end of one transport: a socket that does ICE and DTLS as a browser would, counts what comes and may publish. */
export class Peer {
  readonly socket: PacketSocket;
  readonly connected: Promise<void>;
  rtpReceived = 0;
  /** Payload-specific feedback came: the engine wants a key frame. */
  keyFrameWanted = true;
  #session: number;
  #remote: RemoteTransport;
  #checked = false;
  #resolve!: () => void;
  #reject!: (error: Error) => void;
  #checks: NodeJS.Timeout;

  constructor(remote: RemoteTransport) {
    this.#remote = remote;
    this.connected = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.socket = openPacketSocket({
      address: '127.0.0.1',
      port: 0,
      maxSessions: 1,
      callerBytes: CALLER_BYTES,
      receiveBatch: 64,
      sendCapacity: 64,
      onBatch: (count) => this.#receive(count),
    });
    this.#session = this.socket.openSession();
    this.#writeAddress();
    this.#check();
    this.#checks = setInterval(() => this.#check(), CHECK_INTERVAL);
  }

  /** Sends RTP packets that were written one after the other at `payloadAt(i)`; headers are patched by the addon. */
  sendRtp(
    index: number,
    length: number,
    payloadType: number,
    sequenceNumber: number,
    timestamp: number,
    ssrc: number,
  ): void {
    const { sends } = this.socket;
    const at = index * SEND_WORDS;
    sends.fill(0, at, at + SEND_WORDS);
    sends[at + SendWord.Session] = this.#session;
    sends[at + SendWord.Offset] = this.packetOffset(index);
    sends[at + SendWord.Length] = length;
    sends[at + SendWord.Flags] = SendFlag.Rtp;
    sends[at + SendWord.PayloadType] = payloadType;
    sends[at + SendWord.SequenceNumber] = sequenceNumber & 0xffff;
    sends[at + SendWord.Timestamp] = timestamp | 0;
    sends[at + SendWord.Ssrc] = ssrc | 0;
    sends[at + SendWord.TransportWide] = -1;
  }

  sendRtcp(index: number, length: number): void {
    this.sendRtp(index, length, 0, 0, 0, 0);
    this.socket.sends[index * SEND_WORDS + SendWord.Flags] = 0;
  }

  packetOffset(index: number): number {
    return this.socket.callerOffset + PACKETS_AT + index * PACKET_ROOM;
  }

  close(): void {
    clearInterval(this.#checks);
    this.socket.close();
  }

  #receive(count: number): void {
    const { received, arena } = this.socket;
    for (let at = 0; at < count * RECEIVE_WORDS; at += RECEIVE_WORDS) {
      const offset = received[at + ReceiveWord.Offset]!;
      switch (received[at + ReceiveWord.Kind]) {
        case ReceiveKind.Rtp:
          this.rtpReceived += 1;
          break;
        case ReceiveKind.Rtcp:
          if (arena[offset + 1] === PAYLOAD_SPECIFIC_FEEDBACK) this.keyFrameWanted = true;
          break;
        case ReceiveKind.Stun:
          if (!this.#checked && isBindingSuccess(arena, offset)) this.#startDtls();
          break;
        case ReceiveKind.Dtls:
          if (offset === DtlsState.Connected) this.#resolve();
          if (offset === DtlsState.Failed) this.#reject(new Error('the DTLS handshake failed'));
          break;
      }
    }
  }

  #startDtls(): void {
    this.#checked = true;
    const fingerprint = this.#remote.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
    if (!fingerprint) throw new Error('the transport offers no sha-256 fingerprint');
    this.socket.setAddress(this.#session, this.socket.callerOffset);
    this.socket.startDtls(this.#session, 'client', fingerprint);
  }

  /** Checks go on for the whole call: they are the server's consent to send (RFC 7675). */
  #check(): void {
    const { usernameFragment, password } = this.#remote.iceParameters;
    const request = bindingRequest(`${usernameFragment}:${LOCAL_FRAGMENT}`, password);
    this.socket.arena.set(request, this.socket.callerOffset + CHECK_AT);
    this.socket.sendTo(this.socket.callerOffset, this.socket.callerOffset + CHECK_AT, request.length);
  }

  #writeAddress(): void {
    const candidate = this.#remote.iceCandidates.find(({ address }) => address === '127.0.0.1');
    if (!candidate) throw new Error('the transport has no loopback candidate');
    const record = this.socket.arena.subarray(this.socket.callerOffset, this.socket.callerOffset + ADDRESS_BYTES);
    record.fill(0);
    record[0] = 4;
    record[2] = candidate.port >> 8;
    record[3] = candidate.port & 0xff;
    record.set([127, 0, 0, 1], 4);
    record.set([127, 0, 0, 1], 20);
  }
}

export const PACKET_ROOM = 1_536;
const CHECK_AT = 64;
const PACKETS_AT = 1_024;
/** A frame of up to 16 packets, and a report. */
const CALLER_BYTES = PACKETS_AT + 17 * PACKET_ROOM;
const LOCAL_FRAGMENT = 'bench';
/** As often as Chromium checks a stable connection. */
const CHECK_INTERVAL = 2_500;
const PAYLOAD_SPECIFIC_FEEDBACK = 206;
