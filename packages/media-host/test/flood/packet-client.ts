import { bindingRequest } from '@waterbus/media/testing/stun-client';
import { ADDRESS_BYTES, ReceiveKind } from '@waterbus/packet-io';
import { send } from '@waterbus/packet-io/testing/packets';
import { Peer } from '@waterbus/packet-io/testing/peer';
import type { MediaNode, RtpParameters, TransportParameters } from '../../src/index.js';

/**
 * A client without an SDP stack: its own ICE checks, DTLS and SRTP of the packet plane, RTP and
 * RTCP made by the test.
 */
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
    // Placed bytes are freed after each send; the address lies beyond them.
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

  /** A valid check, except for the options of the test. */
  checkWith(more: Omit<Parameters<typeof bindingRequest>[0], 'username' | 'password'>): Uint8Array {
    const { usernameFragment, password } = this.parameters.iceParameters;
    return bindingRequest({ ...more, username: `${usernameFragment}:peer`, password });
  }

  /** Sends bytes unchanged, from this client's address. */
  sendRaw(bytes: Uint8Array): void {
    this.peer.socket.sendTo(this.address, this.peer.place(bytes), bytes.length);
    this.peer.clear();
  }

  /**
   * Sends a packet protected with the session's keys. Bytes without a valid header are not RTP for
   * SRTP either, and leave unchanged.
   */
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
