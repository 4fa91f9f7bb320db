import type { ConnectionQuality, LayersCause, QualityLimitation } from './events.js';

/**
 * The engine's ORTC dictionaries, with mediasoup's names, so that mediasoup-client understands
 * them.
 */

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

/**
 * How a receiver shows a consumer's picture. By default a picture is visible, of unknown size, of
 * low priority.
 */
export interface ConsumerPreferences {
  /**
   * Device pixels of the tile; nothing is shown where one is 0. More than 16,384 counts as that.
   */
  width: number;
  height: number;
  visible: boolean;
  /** As RTCPriorityType: `high` a pinned or speaking participant, `medium` a screen, `low` the others. */
  priority: ConsumerPriority;
}

export type ConsumerPriority = 'very-low' | 'low' | 'medium' | 'high';

/** Names follow W3C webrtc-stats where it defines them. Times are milliseconds, sizes bytes. */
export interface TransportStats {
  id: string;
  state: 'new' | 'connecting' | 'connected' | 'disconnected' | 'closed';
  selectedAddress?: string;
  /** Of the selected candidate pair. */
  protocol?: 'udp' | 'tcp';
  packetsReceived: number;
  packetsSent: number;
  bytesReceived: number;
  bytesSent: number;
  /** As in `router.quality`. */
  connectionQuality?: ConnectionQuality;
  connectionLimitation?: QualityLimitation;
  /**
   * Figures of the whole worker in the last second: datagrams lost in its kernel queues (0-1), and
   * its longest delay.
   */
  serverPacketLoss?: number;
  serverDelay?: number;
  /** Bits per second, by the estimate and REMB; absent while the path is not limited. */
  availableOutgoingBitrate?: number;
  /** By transport-wide feedback. */
  currentRoundTripTime?: number;
  /** Lost among the sent packets, by transport-wide feedback. */
  packetsLost: number;
  /** Feedback that was malformed or reported something impossible. */
  transportFeedbackRefused: number;
  /**
   * In the pacer now; packets that waited there so far, and their total waiting time; packets
   * dropped there.
   */
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
  /** Current number of its consumers. */
  consumers: number;
  /** Nothing of it arrives although it is neither paused nor unwanted. */
  silent?: boolean;
  /** Of video: the highest layer that any consumer takes, -1 for none. */
  wantedSpatialLayer?: number;
  /** Of video, by spatial layer. */
  layers?: {
    /** Bits per second with the layers that it needs; 0 while it does not arrive. */
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
  /**
   * Requested packets that were not retransmitted: requested too often, or beyond the transport's
   * budget for retransmissions.
   */
  retransmissionsRefused: number;
  nackCount: number;
  pliCount: number;
  /** Of video: the target layers, -1 for none, and the reason for fewer than wanted. */
  targetSpatialLayer?: number;
  targetTemporalLayer?: number;
  qualityLimitationReason?: LayersCause;
  /** From the receiver's reports. */
  fractionLost: number;
  roundTripTime?: number;
}
