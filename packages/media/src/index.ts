export { MediaError, type MediaErrorCode } from './api/errors.js';
export type {
  ActiveSpeaker,
  ConnectionQuality,
  ConsumerCloseReason,
  ConsumerLayers,
  EngineEvent,
  EngineFault,
  LayersCause,
  ProducerFlow,
  ProducerWanted,
  QualityLimitation,
  RouterQuality,
  TransportCloseReason,
} from './api/events.js';
export { defaultLimits, type EngineLimits } from './api/limits.js';
export * from './api/types.js';
export { TransportWideArrivals } from './congestion/arrivals.js';
export type { Control } from './engine/control.js';
export { Engine, type EngineOptions } from './engine/engine.js';
export type { AnnouncedAddress } from './ice/candidates.js';
export { NackGenerator } from './nack/generator.js';
export * from './port/packet-port.js';
export type { PathFigures, PathTotals } from './router/path-figures.js';
export { parseRtcp, type RtcpSink } from './rtcp/parse.js';
export { RtcpWriter } from './rtcp/writer.js';
export { ExtensionKind, routerExtensionIds } from './rtp/extensions.js';
export { RtpHeader, RtpRefusal } from './rtp/header.js';
export { Arrival, ReceiveStatistics } from './rtp/receive-statistics.js';
