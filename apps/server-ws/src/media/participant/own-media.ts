import type { ConsumerLayers, RoomProducer, VideoCodec } from '@waterbus/protocol';
import type { MeasuredMinute } from './measured-minute.js';
import type { Quality } from './qualities.js';

/** The open objects of a participant on media nodes, as its home stores them. */

export type Direction = 'send' | 'receive';

export interface OwnTransport {
  id: string;
  direction: Direction;
  mediaNodeId: string;
  /** The last report of its media node. */
  quality?: Quality | undefined;
  /** The producers of sound that its peer does not understand, by the same report. */
  unintelligible?: string[] | undefined;
}

export interface OwnProducer {
  transportId: string;
  producer: RoomProducer;
  /**
   * Highest spatial layer in use by any receiver, −1 for none; undefined: its media node has not
   * reported it.
   */
  wanted?: number | undefined;
  /** No media arrive, though it is not paused. */
  silent?: boolean | undefined;
}

export interface OwnConsumer {
  id: string;
  transportId: string;
  producerId: string;
  /** The publisher of the stream. */
  participantId: string;
  /** The forwarded layers, from its media node's last report. */
  layers?: ConsumerLayers | undefined;
}

/** The data with which another node continues a participant's media. Plain data. */
export interface MediaHandover {
  transports: OwnTransport[];
  producers: OwnProducer[];
  consumers: OwnConsumer[];
  decodes?: VideoCodec[] | undefined;
  /** Undefined from a node that does not measure. */
  minute?: MeasuredMinute | undefined;
}
