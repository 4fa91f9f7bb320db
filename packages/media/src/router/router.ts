import { routerCapabilities } from '../ortc/router-capabilities.js';
import type { Transport } from '../transport/transport.js';
import type { RtpCapabilities, RtpCodecCapability } from '../types.js';

/** A set of transports whose producers may be consumed by each other. */
export class Router {
  readonly rtpCapabilities: RtpCapabilities;
  readonly transports = new Set<Transport>();

  constructor(
    readonly id: string,
    mediaCodecs?: readonly RtpCodecCapability[],
  ) {
    this.rtpCapabilities = routerCapabilities(mediaCodecs);
  }
}
