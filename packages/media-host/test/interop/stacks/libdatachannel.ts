import { randomInt } from 'node:crypto';
import type { MediaKind } from '@waterbus/media';
import { Audio, PeerConnection, RtcpNackResponder, type Track, Video } from 'node-datachannel';
import { RtpHeader, RtpPacket } from 'werift';
import { PacketParticipant } from './packet-participant.js';
import type { Participant, Place } from './participant.js';
import type { RtpConnection } from './rtp-connection.js';

/**
 * libdatachannel: libjuice's ICE, OpenSSL's DTLS, libsrtp. Bare RTP without header extensions;
 * resends lost packets under their own SSRC, does not request any.
 */
export function libdatachannelParticipant(place: Place): Participant {
  return new PacketParticipant(place, () => connect(place.name));
}

function connect(name: string): RtpConnection {
  const connection = new PeerConnection(name, { iceServers: [], disableAutoNegotiation: true });
  const ssrcs: Record<MediaKind, number> = { audio: randomInt(1, 2 ** 32), video: randomInt(1, 2 ** 32) };
  const tracks: Partial<Record<MediaKind, Track>> = {};
  // A garbage-collected track stops delivering.
  const received: Track[] = [];
  const responders: RtcpNackResponder[] = [];
  return {
    async offer() {
      const audio = new Audio('audio', 'SendOnly');
      audio.addOpusCodec(PAYLOAD_TYPES.audio);
      const video = new Video('video', 'SendOnly');
      video.addVP8Codec(PAYLOAD_TYPES.video);
      for (const [kind, section] of [
        ['audio', audio],
        ['video', video],
      ] as const) {
        section.addSSRC(ssrcs[kind], name, name, kind);
        const track = connection.addTrack(section);
        tracks[kind] = track;
        const responder = new RtcpNackResponder();
        responders.push(responder);
        track.setMediaHandler(responder);
      }
      connection.setLocalDescription('offer');
      return connection.localDescription()!.sdp;
    },
    async accept(sdp) {
      const connected = new Promise<void>((resolve) => {
        connection.onStateChange((state) => state === 'connected' && resolve());
      });
      connection.setRemoteDescription(sdp, 'answer');
      await connected;
    },
    async answer(sdp) {
      connection.setRemoteDescription(sdp, 'offer');
      connection.setLocalDescription('answer');
      return connection.localDescription()!.sdp;
    },
    send(kind, { payload, marker, timestamp, sequenceNumber }) {
      const header = new RtpHeader({
        marker,
        timestamp,
        sequenceNumber,
        ssrc: ssrcs[kind],
        payloadType: PAYLOAD_TYPES[kind],
      });
      tracks[kind]!.sendMessageBinary(new RtpPacket(header, payload).serialize());
    },
    onPacket(listener) {
      connection.onTrack((track) => {
        received.push(track);
        const mid = track.mid();
        track.onMessage((message) => {
          if (!isRtcp(message)) listener(mid, RtpPacket.deSerialize(message));
        });
      });
    },
    onKeyFrameRequest(listener) {
      tracks.video!.onMessage((message) => {
        if (isRtcp(message) && message[1] === 206 && (message[0]! & 31) === 1) listener();
      });
    },
    async close() {
      connection.close();
    },
  };
}

/** RFC 5761 section 4. */
function isRtcp(message: Buffer): boolean {
  return message[1]! >= 192 && message[1]! <= 223;
}

/** Different from those of the router, so that it has to rewrite them. */
const PAYLOAD_TYPES: Record<MediaKind, number> = { audio: 111, video: 96 };
