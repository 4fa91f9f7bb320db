/** A producer's packets on the wire, and the form in which they leave. */
export interface ProducerEncoding {
  payloadType: number;
  /** -1 without RTX. */
  rtxPayloadType: number;
  /** -1 without RED. */
  redPayloadType: number;
  clockRate: number;
  nack: boolean;
  fullIntraOnly: boolean;
  /**
   * The publisher's encoder protects sound against the reported loss (RFC 7587 section 6.1,
   * `useinbandfec`).
   */
  inbandFec: boolean;
  /** Of the codec, in lower case. */
  mimeType: string;
  /** Layers in one stream, from its `scalabilityMode`; 1 and 1 where none is declared. */
  spatialLayers: number;
  temporalLayers: number;
  /**
   * The identities by which the packets of each stream are recognized, ascending in quality; at
   * least one.
   */
  streams: readonly StreamIdentity[];
}

export interface StreamIdentity {
  ssrc?: number;
  rtxSsrc?: number;
  rid?: string;
}
