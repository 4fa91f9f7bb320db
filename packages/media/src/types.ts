import type { ConnectionQuality, LayersCause, QualityLimitation } from './events.js';

/** The ORTC dictionaries this engine speaks, with mediasoup's names, so that mediasoup-client understands them. */

export type MediaKind = 'audio' | 'video';

export interface RtcpFeedback {
  type: string;
  parameter?: string;
}

export interface RtpCodecCapability {
  kind: MediaKind;
  mimeType: string;
  preferredPayloadType?: number;
  clockRate: number;
  channels?: number;
  parameters?: Record<string, string | number>;
  rtcpFeedback?: RtcpFeedback[];
}

export interface RtpHeaderExtension {
  kind: MediaKind;
  uri: string;
  preferredId: number;
  preferredEncrypt?: boolean;
  direction?: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
}

export interface RtpCapabilities {
  codecs?: RtpCodecCapability[];
  headerExtensions?: RtpHeaderExtension[];
}

export interface RtpCodecParameters {
  mimeType: string;
  payloadType: number;
  clockRate: number;
  channels?: number;
  parameters?: Record<string, string | number>;
  rtcpFeedback?: RtcpFeedback[];
}

export interface RtpHeaderExtensionParameters {
  uri: string;
  id: number;
  encrypt?: boolean;
  parameters?: Record<string, string | number>;
}

export interface RtpEncodingParameters {
  ssrc?: number;
  rid?: string;
  codecPayloadType?: number;
  rtx?: { ssrc: number };
  dtx?: boolean;
  scalabilityMode?: string;
  scaleResolutionDownBy?: number;
  maxBitrate?: number;
  maxFramerate?: number;
}

export interface RtcpParameters {
  cname?: string;
  reducedSize?: boolean;
}

export interface RtpParameters {
  mid?: string;
  codecs: RtpCodecParameters[];
  headerExtensions?: RtpHeaderExtensionParameters[];
  encodings?: RtpEncodingParameters[];
  rtcp?: RtcpParameters;
}

export interface IceParameters {
  usernameFragment: string;
  password: string;
  iceLite: boolean;
}

export interface IceCandidate {
  foundation: string;
  priority: number;
  ip: string;
  address: string;
  protocol: 'udp' | 'tcp';
  port: number;
  type: 'host';
  tcpType?: 'passive';
}

export interface DtlsParameters {
  role: 'auto' | 'client' | 'server';
  fingerprints: { algorithm: string; value: string }[];
}

export interface TransportParameters {
  id: string;
  iceParameters: IceParameters;
  iceCandidates: IceCandidate[];
  dtlsParameters: DtlsParameters;
}

export interface ConsumerParameters {
  id: string;
  producerId: string;
  kind: MediaKind;
  rtpParameters: RtpParameters;
  producerPaused: boolean;
}

/** How a receiver shows a consumer's picture. Before it says so, a picture is visible, of unknown size, of low priority. */
export interface ConsumerPreferences {
  /** Device pixels of the tile; nothing is shown where one is 0. More than 16,384 counts as that. */
  width: number;
  height: number;
  visible: boolean;
  /** As RTCPriorityType: `high` a pinned or speaking participant, `medium` a screen, `low` the others. */
  priority: ConsumerPriority;
}

export type ConsumerPriority = 'very-low' | 'low' | 'medium' | 'high';

/** Names follow W3C webrtc-stats where it has one. Times are milliseconds, sizes bytes. */
export interface TransportStats {
  id: string;
  state: 'new' | 'connecting' | 'connected' | 'disconnected' | 'closed';
  selectedAddress?: string;
  packetsReceived: number;
  packetsSent: number;
  bytesReceived: number;
  bytesSent: number;
  /** As in `router.quality`. */
  connectionQuality?: ConnectionQuality;
  connectionLimitation?: QualityLimitation;
  /** Of the whole worker in the last second: datagrams lost in its kernel queues (0-1), and its longest delay. */
  serverPacketLoss?: number;
  serverDelay?: number;
  /** Bits per second, by the estimate and REMB; absent while nothing limits what is sent. */
  availableOutgoingBitrate?: number;
  /** By transport-wide feedback. */
  currentRoundTripTime?: number;
  /** Of those sent, by transport-wide feedback. */
  packetsLost: number;
  /** Feedback that was malformed, or reported what cannot be. */
  transportFeedbackRefused: number;
  /** In the pacer now; those that waited there so far, and how long in all; those dropped there. */
  packetsQueued: number;
  packetsDelayed: number;
  totalPacketSendDelay: number;
  packetsDiscardedOnSend: number;
  producers: ProducerStats[];
  consumers: ConsumerStats[];
}

export interface ProducerStats {
  id: string;
  kind: MediaKind;
  /** How many receive it now. */
  consumers: number;
  /** Nothing of it comes although it is neither paused nor unwanted. */
  silent?: boolean;
  /** Of video: the highest layer that anybody takes, -1 for none. */
  wantedSpatialLayer?: number;
  /** Of video, by spatial layer. */
  layers?: {
    /** Bits per second with what the layer needs; 0 while it does not come. */
    bitrate: number;
    /** 0 when unknown. */
    frameWidth: number;
    frameHeight: number;
  }[];
  streams: {
    ssrc: number;
    rid?: string;
    packetsReceived: number;
    bytesReceived: number;
    packetsLost: number;
    packetsRepaired: number;
    jitter: number;
    nackCount: number;
    pliCount: number;
    keyFrames: number;
  }[];
}

export interface ConsumerStats {
  id: string;
  producerId: string;
  kind: MediaKind;
  ssrc: number;
  packetsSent: number;
  bytesSent: number;
  packetsRetransmitted: number;
  bytesRetransmitted: number;
  /** Packets asked for that were not sent again: asked for too often, or the transport's budget for repeats was spent. */
  retransmissionsRefused: number;
  nackCount: number;
  pliCount: number;
  /** Of video: the layers that it is meant to get, -1 for none, and what keeps it from more. */
  targetSpatialLayer?: number;
  targetTemporalLayer?: number;
  qualityLimitationReason?: LayersCause;
  /** From the receiver's reports. */
  fractionLost: number;
  roundTripTime?: number;
}
