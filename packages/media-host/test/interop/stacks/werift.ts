import {
  MediaStreamTrack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtcpTransportLayerFeedback,
  RtpHeader,
  RtpPacket,
  TransportWideCC,
  useNACK,
  useOPUS,
  usePLI,
  useSdesMid,
  useTransportWideCC,
  useTWCC,
  useVP8,
} from 'werift';
import { PacketParticipant } from './packet-participant.js';
import type { Place } from './participant.js';
import type { RtpConnection } from './rtp-connection.js';

/**
 * werift: ICE, DTLS and SRTP in TypeScript. Requests lost packets, resends its own by RTX, counts
 * arrivals for congestion control.
 */
export class WeriftParticipant extends PacketParticipant {
  /**
   * The arrivals of its own packets by transport-wide feedback, by their transport-wide sequence
   * numbers.
   */
  readonly arrivals: Map<number, boolean>;

  constructor(place: Place) {
    const arrivals = new Map<number, boolean>();
    super(place, () => connect(arrivals));
    this.arrivals = arrivals;
  }
}

function connect(arrivals: Map<number, boolean>): RtpConnection {
  const connection = new RTCPeerConnection({
    iceServers: [],
    bundlePolicy: 'max-bundle',
    codecs: {
      audio: [useOPUS({ payloadType: 100 })],
      // It also finds RTX by its own payload types when it answers, so they equal the router's.
      video: [
        useVP8({ payloadType: 101, rtcpFeedback: [useNACK(), usePLI(), useTWCC()] }),
        new RTCRtpCodecParameters({ mimeType: 'video/rtx', clockRate: 90000, payloadType: 102, parameters: 'apt=101' }),
      ],
    },
    headerExtensions: {
      audio: [useSdesMid(), useTransportWideCC()],
      video: [useSdesMid(), useTransportWideCC()],
    },
  });
  const tracks = { audio: new MediaStreamTrack({ kind: 'audio' }), video: new MediaStreamTrack({ kind: 'video' }) };
  return {
    async offer() {
      connection.addTransceiver(tracks.audio, { direction: 'sendonly' });
      connection.addTransceiver(tracks.video, { direction: 'sendonly' });
      for (const sender of connection.getSenders()) {
        sender.onRtcp.subscribe((packet) => {
          if (!(packet instanceof RtcpTransportLayerFeedback) || !(packet.feedback instanceof TransportWideCC)) return;
          const { feedback } = packet;
          statuses(feedback).forEach((status, i) => {
            arrivals.set((feedback.baseSequenceNumber + i) & 0xffff, status !== NOT_RECEIVED);
          });
        });
      }
      askNoStunServer(connection);
      await connection.setLocalDescription(await connection.createOffer());
      return connection.localDescription!.sdp;
    },
    async accept(sdp) {
      const connected = connection.connectionStateChange.watch((state) => state === 'connected');
      await connection.setRemoteDescription({ type: 'answer', sdp });
      await connected;
    },
    async answer(sdp) {
      await connection.setRemoteDescription({ type: 'offer', sdp });
      askNoStunServer(connection);
      await connection.setLocalDescription(await connection.createAnswer());
      return connection.localDescription!.sdp;
    },
    send(kind, { payload, marker, timestamp, sequenceNumber }) {
      const header = new RtpHeader({ marker, timestamp, sequenceNumber });
      tracks[kind].writeRtp(new RtpPacket(header, payload));
    },
    onPacket(listener) {
      connection.onRemoteTransceiverAdded.subscribe((transceiver) => {
        transceiver.onTrack.subscribe((track) => {
          track.onReceiveRtp.subscribe((packet) => listener(transceiver.mid!, packet));
        });
      });
    },
    onKeyFrameRequest(listener) {
      for (const sender of connection.getSenders()) sender.onPictureLossIndication.subscribe(listener);
    },
    close: () => connection.close(),
  };
}

/**
 * The status of each packet from the base sequence number on. werift's own `packetResults` ignores
 * status vectors and counts each run from the base.
 */
function statuses({ packetChunks, packetStatusCount }: TransportWideCC): number[] {
  const all = packetChunks.flatMap((chunk) =>
    'runLength' in chunk ? new Array<number>(chunk.runLength).fill(chunk.packetStatus) : chunk.symbolList,
  );
  return all.slice(0, packetStatusCount);
}

const NOT_RECEIVED = 0;

/**
 * Without a server in its configuration werift uses a public one, and waits five seconds for it.
 */
function askNoStunServer(connection: RTCPeerConnection): void {
  for (const { connection: agent } of connection.iceTransports) agent.stunServer = undefined;
}
