import {
  MediaStreamTrack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtpHeader,
  RtpPacket,
  useNACK,
  useOPUS,
  usePLI,
  useSdesMid,
  useTransportWideCC,
  useTWCC,
  useVP8,
} from 'werift';
import { PacketParticipant } from './packet-participant.js';
import type { Participant, Place } from './participant.js';
import type { RtpConnection } from './rtp-connection.js';

/** werift: ICE, DTLS and SRTP in TypeScript. Asks for lost packets, resends its own by RTX, counts arrivals for congestion control. */
export function weriftParticipant(place: Place): Participant {
  return new PacketParticipant(place, connect);
}

function connect(): RtpConnection {
  const connection = new RTCPeerConnection({
    iceServers: [],
    bundlePolicy: 'max-bundle',
    codecs: {
      audio: [useOPUS({ payloadType: 100 })],
      // It looks RTX up by its own payload types also when it answers, so they are the router's.
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

/** Without one in its configuration werift asks a public one, and waits five seconds for it. */
function askNoStunServer(connection: RTCPeerConnection): void {
  for (const { connection: agent } of connection.iceTransports) agent.stunServer = undefined;
}
