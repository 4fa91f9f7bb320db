import { bindingRequest } from '../../../media/test/simulation/stun-client.js';
import { ADDRESS_BYTES, ReceiveKind } from '../../../packet-io/src/index.js';
import { send } from '../../../packet-io/test/packets.js';
import { Peer } from '../../../packet-io/test/peer.js';
import type { MediaNode, RtpParameters, TransportParameters } from '../../src/index.js';

/** A client without an SDP stack: ICE checks by hand, DTLS and SRTP of the packet plane, RTP and RTCP as the test makes them. */
export class PacketClient {
  private constructor(
    readonly peer: Peer,
    readonly session: number,
    readonly transportId: string,
    private readonly parameters: TransportParameters,
    /** Arena offset of the media node's address record. */
    private readonly address: number,
  ) {}

  /** Opens a transport and passes the ICE check; DTLS follows with `secure`. */
  static async open(
    node: Pick<MediaNode, 'openTransport' | 'connectTransport'> & { port: number },
    routerId: string,
    transportId: string,
    peer = new Peer(),
  ): Promise<PacketClient> {
    const parameters = await node.openTransport({ routerId, transportId });
    const session = peer.sessionTowards(node.port);
    const { arena, callerOffset, callerBytes } = peer.socket;
    // What is placed is forgotten after each send; the address lies beyond it.
    const address = callerOffset + callerBytes - ADDRESS_BYTES;
    const placed = peer.addressOf(node.port);
    arena.copyWithin(address, placed, placed + ADDRESS_BYTES);
    peer.clear();
    const client = new PacketClient(peer, session, transportId, parameters, address);
    await node.connectTransport(transportId, { role: 'client', fingerprints: [peer.socket.fingerprint] });
    client.check();
    await peer.until((received) => received.some(({ kind }) => kind === ReceiveKind.Stun));
    return client;
  }

  async secure(): Promise<void> {
    const [fingerprint] = this.parameters.dtlsParameters.fingerprints;
    this.peer.socket.startDtls(this.session, 'client', fingerprint!);
    await this.peer.connected(this.session);
  }

  /** Renews the media node's consent to send (RFC 7675). */
  check(): void {
    this.sendRaw(this.checkWith({ useCandidate: true }));
  }

  /** A check that is right in everything but what the test puts in. */
  checkWith(more: Omit<Parameters<typeof bindingRequest>[0], 'username' | 'password'>): Uint8Array {
    const { usernameFragment, password } = this.parameters.iceParameters;
    return bindingRequest({ ...more, username: `${usernameFragment}:peer`, password });
  }

  /** Bytes as they are, from this client's address. */
  sendRaw(bytes: Uint8Array): void {
    this.peer.socket.sendTo(this.address, this.peer.place(bytes), bytes.length);
    this.peer.clear();
  }

  /** Protected with the session's keys. What no header can be found in is not RTP even for SRTP, and goes as it is. */
  sendProtected(packet: Uint8Array, rtcp: boolean): void {
    try {
      send(this.peer, { session: this.session, packet, rtcp });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.sendRaw(packet);
    }
    this.peer.clear();
  }

  close(): void {
    this.peer.close();
  }
}

/** One VP8 stream with this SSRC. */
export function videoParameters(ssrc: number): RtpParameters {
  return {
    mid: '0',
    codecs: [
      {
        mimeType: 'video/VP8',
        payloadType: 96,
        clockRate: 90_000,
        rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'transport-cc' }],
      },
    ],
    headerExtensions: [
      { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 1 },
      { uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01', id: 3 },
    ],
    encodings: [{ ssrc }],
    rtcp: { cname: 'flood' },
  };
}
