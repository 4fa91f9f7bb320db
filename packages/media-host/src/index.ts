export type {
  ConnectionQuality,
  ConsumerLayers,
  ConsumerParameters,
  ConsumerPreferences,
  ConsumerPriority,
  DtlsParameters,
  IceParameters,
  LayersCause,
  MediaKind,
  ProducerFlow,
  ProducerStats,
  ProducerWanted,
  QualityLimitation,
  RouterQuality,
  RtpCapabilities,
  RtpParameters,
  TransportParameters,
  TransportStats,
} from '@waterbus/media';
export { defaultLimits as engineLimits } from '@waterbus/media';
export { answerCall } from './calls/answer-call.js';
export { type CallOutcome, type MediaNodeMethod, mediaNodeMethods } from './calls/media-calls.js';
export { RemoteCalls } from './calls/remote-calls.js';
export { hostAddresses } from './host/announced-addresses.js';
export { createMediaHost, type MediaHostOptions, type WorkerHost } from './host/media-host.js';
export type { Logger } from './host/messages.js';
export { WorkerNode } from './host/worker-node.js';
export * from './media-node.js';
