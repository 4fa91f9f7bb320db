import type { MediaKind } from '@waterbus/media';
import type { RtpPacket } from 'werift';

/**
 * A peer connection of a stack that sends and delivers RTP packets instead of decoded media. It
 * either sends or receives.
 */
export interface RtpConnection {
  /** Offers to send one stream of sound and one of video. */
  offer(): Promise<string>;
  /** Resolves when the connection is up. */
  accept(answer: string): Promise<void>;
  answer(offer: string): Promise<string>;
  /** SSRC, payload type and header extensions are the connection's own. */
  send(kind: MediaKind, packet: { payload: Buffer; marker: boolean; timestamp: number; sequenceNumber: number }): void;
  /** Received packets, by the section they belong to, including repaired ones. */
  onPacket(listener: (mid: string, packet: RtpPacket) => void): void;
  onKeyFrameRequest(listener: () => void): void;
  close(): Promise<void>;
}
