import type { MediaNode } from '@waterbus/media-host';
import { PacketClient, videoParameters } from '@waterbus/media-host/testing/packet-client';
import { ReceiveKind } from '@waterbus/packet-io';
import { rtp } from '@waterbus/packet-io/testing/packets';
import type { Participant } from './signalling.js';

/**
 * A participant's peer connection, signalled as a browser would and carried by real UDP, DTLS and
 * SRTP.
 */
export class MediaClient {
  /** Number of RTP packets received. */
  received = 0;
  /** The number of the last packet received: a packet carries its number, from 0 on, at its end. */
  lastNumber = -1;
  /** Number of lost packets between two received ones. */
  missing = 0;
  sent = 0;
  /** Called for each packet with its arrival time, by `performance.now()`. */
  onPacket: (at: number) => void = () => {};
  talks = false;
  private sending: NodeJS.Timeout | undefined;
  private speaking: NodeJS.Timeout | undefined;
  private sounds = 0;
  /** Media nodes send only to peers that renew their consent (RFC 7675). */
  private readonly consent = setInterval(() => this.packets.check(), 2000);

  private constructor(
    readonly packets: PacketClient,
    readonly mediaNodeId: string,
  ) {
    packets.peer.onRecord = ({ kind, bytes }) => {
      if (kind === ReceiveKind.Rtp) {
        const number = bytes.readUInt32BE(bytes.length - 4);
        if (this.received > 0) this.missing += number - this.lastNumber - 1;
        this.received += 1;
        this.lastNumber = number;
        this.onPacket(performance.now());
      }
      packets.peer.received.length = 0;
    };
  }

  static async open(who: Participant, direction: 'send' | 'receive', mediaNodeId?: string): Promise<MediaClient> {
    const opened = await who.client.ok('transport.open', { direction, mediaNodeId });
    const { transport } = opened;
    const signalled: Pick<MediaNode, 'openTransport' | 'connectTransport'> & { port: number } = {
      port: transport.iceCandidates[0]!.port,
      openTransport: async () => transport,
      connectTransport: async (transportId, dtlsParameters) => {
        await who.client.ok('transport.connect', { transportId, dtlsParameters });
      },
    };
    const packets = await PacketClient.open(signalled, '', transport.id);
    await packets.secure();
    return new MediaClient(packets, opened.mediaNodeId);
  }

  get transportId(): string {
    return this.packets.transportId;
  }

  /** Publishes a camera and sends 100 packets a second until closed. */
  async publishCamera(who: Participant, replaces?: string): Promise<string> {
    const { producerId } = await who.client.ok('produce', {
      transportId: this.transportId,
      kind: 'video',
      source: 'camera',
      rtpParameters: videoParameters(SSRC),
      replaces,
    });
    this.sending = setInterval(() => this.sendPacket(), 10);
    return producerId;
  }

  /** Publishes a microphone and sends 50 packets a second, of speech or of silence as in `talks`. */
  async publishMicrophone(who: Participant): Promise<string> {
    const { producerId } = await who.client.ok('produce', {
      transportId: this.transportId,
      kind: 'audio',
      source: 'microphone',
      rtpParameters: AUDIO_PARAMETERS,
    });
    this.speaking = setInterval(() => this.sendSound(), 20);
    return producerId;
  }

  stopSending(): void {
    clearInterval(this.sending);
    clearInterval(this.speaking);
  }

  close(): void {
    this.stopSending();
    clearInterval(this.consent);
    this.packets.close();
  }

  /** With the level of RFC 6464 in its header. */
  private sendSound(): void {
    const number = this.sounds++;
    const level = this.talks ? SPOKEN : SILENCE;
    const extension = Buffer.from([0xbe, 0xde, 0, 1, AUDIO_LEVEL_ID << 4, level, 0, 0]);
    const payload = Buffer.alloc(40, level);
    const fields = { ssrc: AUDIO_SSRC, sequenceNumber: number & 0xffff, timestamp: number * 960, payloadType: 111 };
    const packet = rtp({ ...fields, payload: Buffer.concat([extension, payload]) });
    packet[0]! |= 0x10;
    this.packets.sendProtected(packet, false);
  }

  /** Key frames only, so that a consumer may start with any of them. */
  private sendPacket(): void {
    const sequenceNumber = this.sent & 0xffff;
    const timestamp = (this.sent * 900) >>> 0;
    const payload = Buffer.concat([VP8_KEY_FRAME, Buffer.alloc(204)]);
    payload.writeUInt32BE(this.sent, payload.length - 4);
    this.packets.sendProtected(rtp({ payload, ssrc: SSRC, sequenceNumber, timestamp, marker: true }), false);
    this.sent += 1;
  }
}

const SSRC = 0xcafe;
const AUDIO_SSRC = 0xbeef;
const AUDIO_LEVEL_ID = 10;
/** With the flag of voice activity, 20 dB below the loudest; and silence. */
const SPOKEN = 0x80 | 20;
const SILENCE = 127;
const AUDIO_PARAMETERS = {
  mid: '1',
  codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }],
  headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: AUDIO_LEVEL_ID }],
  encodings: [{ ssrc: AUDIO_SSRC }],
};
/** RFC 7741: descriptor of a frame's first packet, then the header of a key frame of 320x180. */
const VP8_KEY_FRAME = Buffer.from([0x10, 0x50, 0x01, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00]);
