import type { MediaNode, RtpParameters, TransportParameters } from '@waterbus/media-host';
import { PacketClient, videoParameters } from '@waterbus/media-host/testing/packet-client';
import { ReceiveKind } from '@waterbus/packet-io';
import { send } from '@waterbus/packet-io/testing/packets';
import type { Participant } from '@waterbus/server-ws/testing/signalling';

/** A peer connection with hand-written packets: real ICE, DTLS and SRTP. */
export interface Connection {
  packets: PacketClient;
  mediaNodeId: string;
  /** The parameters that the server announced. */
  transport: TransportParameters;
  close(): void;
}

/** `onRtp` receives each packet, decrypted. */
export async function connectMedia(
  participant: Participant,
  { mediaNodeId, onRtp = () => {} }: { mediaNodeId?: string; onRtp?: (packet: Buffer) => void } = {},
): Promise<Connection> {
  const direction = mediaNodeId === undefined ? 'send' : 'receive';
  const opened = await participant.client.ok('transport.open', { direction, mediaNodeId });
  const transport = opened.transport as TransportParameters;
  const signalled: Pick<MediaNode, 'openTransport' | 'connectTransport'> & { port: number } = {
    port: transport.iceCandidates[0]!.port,
    openTransport: async () => transport,
    connectTransport: async (transportId, dtlsParameters) => {
      await participant.client.ok('transport.connect', { transportId, dtlsParameters });
    },
  };
  const packets = await PacketClient.open(signalled, '', transport.id);
  await packets.secure();
  packets.peer.onRecord = ({ kind, bytes }) => {
    if (kind === ReceiveKind.Rtp) onRtp(bytes);
    // The records are not read later.
    packets.peer.received.length = 0;
  };
  const consent = setInterval(() => packets.check(), CONSENT_INTERVAL);
  return {
    packets,
    mediaNodeId: opened.mediaNodeId,
    transport,
    close: () => {
      clearInterval(consent);
      packets.close();
    },
  };
}

export async function publishCamera(participant: Participant, connection: Connection, ssrc: number): Promise<string> {
  const { producerId } = await participant.client.ok('produce', {
    transportId: connection.packets.transportId,
    kind: 'video',
    source: 'camera',
    rtpParameters: videoParameters(ssrc),
  });
  return producerId;
}

/** Parameters of the stream that `participant` receives from the only producer of `publisherId`. */
export async function subscribeTo(
  participant: Participant,
  publisherId: string,
  connection: Connection,
): Promise<RtpParameters> {
  await participant.until(() => (participant.other(publisherId)?.producers.length ?? 0) > 0);
  const { consumers } = await participant.client.ok('subscribe', {
    participantId: publisherId,
    transportId: connection.packets.transportId,
    rtpCapabilities: participant.joined.rtpCapabilities,
  });
  const [consumer] = consumers;
  if (!consumer) throw new Error('there is nothing to subscribe to');
  return consumer.rtpParameters as RtpParameters;
}

/**
 * One VP8 key frame in a packet, so that a consumer may start with any of them. The packet carries
 * its index. `picture`: its size in bytes.
 */
export function videoPacket(ssrc: number, index: number, picture = PICTURE): Buffer {
  const packet = Buffer.alloc(RTP_HEADER + EXTENSION + VP8_KEY_FRAME.length + picture);
  packet[0] = 0x90;
  packet[1] = 0x80 | 96;
  packet.writeUInt16BE(index & 0xffff, 2);
  packet.writeUInt32BE((index * 900) >>> 0, 4);
  packet.writeUInt32BE(ssrc, 8);
  // RFC 8285: the transport-wide sequence number under id 3, two bytes.
  packet.writeUInt16BE(0xbede, 12);
  packet.writeUInt16BE(1, 14);
  packet[16] = 0x31;
  packet.set(VP8_KEY_FRAME, RTP_HEADER + EXTENSION);
  packet.writeUInt32BE(index, RTP_HEADER + EXTENSION + VP8_KEY_FRAME.length);
  return packet;
}

/** The index that `videoPacket` wrote, behind the header extensions of the receiver. */
export function indexOf(packet: Buffer): number {
  const extension = packet[0]! & 0x10 ? 4 + 4 * packet.readUInt16BE(RTP_HEADER + 2) : 0;
  return packet.readUInt32BE(RTP_HEADER + extension + VP8_KEY_FRAME.length);
}

/** Protects and sends a packet of `videoPacket`, with its transport-wide number. */
export function sendVideo({ packets }: Connection, packet: Buffer, transportWide: number): void {
  send(packets.peer, {
    session: packets.session,
    packet,
    transportWide: transportWide & 0xffff,
    transportWideOffset: RTP_HEADER + 5,
  });
  packets.peer.clear();
}

const RTP_HEADER = 12;
const EXTENSION = 8;
/** Bytes; with 100 packets a second, the low bitrate of a tile. */
const PICTURE = 200;
/** Bytes of the packets into which browsers split larger frames. */
export const FULL_PICTURE = 1150;
/** RFC 7741: descriptor of a frame's first packet, then the header of a key frame of 320x180. */
const VP8_KEY_FRAME = Buffer.from([0x10, 0x50, 0x01, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00]);
/** Milliseconds; browsers check every 2.5 s (RFC 7675 section 5.1 wants 5 s or less). */
const CONSENT_INTERVAL = 2000;
