export type { Control } from './control.js';
export { Engine, type EngineOptions } from './engine.js';
export { MediaError, type MediaErrorCode } from './errors.js';
export type {
  ActiveSpeaker,
  ConnectionQuality,
  ConsumerLayers,
  EngineEvent,
  EngineFault,
  LayersCause,
  ProducerFlow,
  ProducerWanted,
  QualityLimitation,
  RouterQuality,
  TransportCloseReason,
} from './events.js';
export type { AnnouncedAddress } from './ice/candidates.js';
export { defaultLimits, type EngineLimits } from './limits.js';
export * from './transport/packet-port.js';
export * from './types.js';
