import type { MediaKind, TransportParameters } from '@waterbus/media';
import type { RtpPacket } from 'werift';
import type { MediaNode } from '../../../src/index.js';

/** A participant in a room of one media node, on the WebRTC stack of another project. */
export interface Participant {
  /** The ids of its transports at the node. */
  readonly transportIds: { sending: string; receiving: string };
  /** Sends sound and video over one new transport, from the moment this resolves. */
  publish(): Promise<Publication>;
  /** Receives all of them over one new transport; answers one reception for each, in the same order. */
  subscribe(publications: Publication[]): Promise<Reception[]>;
  close(): Promise<void>;
}

/** The ids under which a participant opens its transports. */
export function transportIdsOf(name: string): Participant['transportIds'] {
  return { sending: `${name}, sending`, receiving: `${name}, receiving` };
}

export interface Place {
  node: MediaNode;
  routerId: string;
  /** The prefix of the ids of its transports, producers and consumers. */
  name: string;
  /** Routes its traffic through a relay instead of directly to the node. */
  detour?: (parameters: TransportParameters) => Promise<TransportParameters>;
}

export interface Publication {
  producerIds: Record<MediaKind, string>;
  /** All packets sent so far. Stacks that encode by themselves do not report them. */
  sent?: Record<MediaKind, SentPacket[]>;
}

export interface SentPacket {
  payload: Buffer;
  marker: boolean;
  timestamp: number;
}

export type Reception = PacketReception | DecodedReception;

export interface PacketReception {
  form: 'packets';
  /** In the order in which the stack delivered them, growing. */
  packets: Record<MediaKind, RtpPacket[]>;
}

export interface DecodedReception {
  form: 'decoded';
  /** All pictures decoded so far. */
  pictures: Picture[];
  sounds: Sound[];
}

export interface Picture {
  width: number;
  height: number;
  /** Mean luma of the left and of the right half, 0-255. */
  left: number;
  right: number;
}

export interface Sound {
  /** Share of the energy at the recorded tone's frequency, 0-1. */
  tone: number;
}
