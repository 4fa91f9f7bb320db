import type { RtpParameters } from '@waterbus/media-host';
import { joinAsGuest, newMeeting } from './guest.js';
import { HttpClient } from './http.js';
import { type Connection, connectMedia, publishCamera, sendVideo, subscribeTo, videoPacket } from './media.js';

/** Two participants of the attacker in a meeting: one sends video, the other receives it. */
export interface Pair {
  receiving: Connection;
  /** Parameters of the stream of the receiver. */
  parameters: RtpParameters;
  /** Packets sent so far. */
  published(): number;
  close(): void;
}

/**
 * Sends a packet of the size every 5 ms until closed. `onRtp` receives the packets of the receiver,
 * decrypted.
 */
export async function openPair(
  url: string,
  address: string,
  { picture, onRtp }: { picture?: number; onRtp?: (packet: Buffer) => void } = {},
): Promise<Pair> {
  const http = new HttpClient(url, address);
  const meeting = await newMeeting(http);
  http.close();
  const publisher = await joinAsGuest(url, meeting, { name: 'Publisher', address });
  const receiver = await joinAsGuest(url, { code: meeting.code }, { name: 'Receiver', address });
  const sending = await connectMedia(publisher);
  await publishCamera(publisher, sending, SSRC);
  const receiving = await connectMedia(receiver, { mediaNodeId: sending.mediaNodeId, ...(onRtp && { onRtp }) });
  const parameters = await subscribeTo(receiver, publisher.id, receiving);
  let published = 0;
  const media = setInterval(() => {
    sendVideo(sending, videoPacket(SSRC, published, picture), published);
    published += 1;
  }, MEDIA_INTERVAL);
  return {
    receiving,
    parameters,
    published: () => published,
    close: () => {
      clearInterval(media);
      for (const connection of [sending, receiving]) connection.close();
      for (const { client } of [publisher, receiver]) client.socket.disconnect();
    },
  };
}

const SSRC = 0xbad2;
/** Milliseconds: some 2 Mbit/s of full packets, the rate of a 720p camera. */
const MEDIA_INTERVAL = 5;
