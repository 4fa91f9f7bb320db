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
export { answerCall, type CallOutcome } from './calls/answer-call.js';
export {
  type ConsumeRequest,
  type FillSectionRequest,
  type MediaCallAnswer,
  type MediaCallArguments,
  type MediaCallName,
  type MediaNodeCalls,
  mediaCallNames,
  type OpenPipeRequest,
  type OpenTransportRequest,
  type PipeCalls,
  type ProduceRequest,
  type RouterOptions,
} from './calls/media-calls.js';
export { RemoteCalls } from './calls/remote-calls.js';
export { hostAddresses } from './host/announced-addresses.js';
export { createMediaHost, type MediaHostOptions, type WorkerHost } from './host/media-host.js';
export type { Logger } from './host/messages.js';
export { WorkerNode } from './host/worker-node.js';
export * from './media-node.js';
export { examineHost } from './worker/examine-host.js';
export type { Warning } from './worker/overload-log.js';
