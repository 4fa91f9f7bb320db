import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { joinAsGuest, newMeeting } from '../guest.js';
import { HttpClient } from '../http.js';
import { connectMedia, publishCamera, sendVideo, subscribeTo, videoPacket } from '../media.js';
import { addressOf } from '../target.js';

/** An SFU that sends wherever a check points is a cannon. */
export const thirdParty: Attack = {
  name: 'third-party',
  what: 'A receiver nominates the address of somebody who never asked for anything, and keeps its own consent fresh.',
  async run({ target, over }) {
    const address = addressOf(12);
    const http = new HttpClient(target.url, address);
    const meeting = await newMeeting(http);
    const publisher = await joinAsGuest(target.url, meeting, { name: 'Publisher', address });
    const receiver = await joinAsGuest(target.url, { code: meeting.code }, { name: 'Receiver', address });
    const sending = await connectMedia(publisher);
    await publishCamera(publisher, sending, SSRC);
    const counts = { published: 0, checks: 0, mediaAtThirdParty: 0 };
    const receiving = await connectMedia(receiver, { mediaNodeId: sending.mediaNodeId });
    await subscribeTo(receiver, publisher.id, receiving);
    const victim = createSocket('udp4').bind(0, '127.0.0.1');
    await once(victim, 'listening');
    victim.on('message', (bytes) => {
      // RFC 7983: 128 to 191 are RTP and RTCP.
      if (bytes[0]! >= 128 && bytes[0]! <= 191) counts.mediaAtThirdParty += 1;
    });
    const media = setInterval(() => {
      sendVideo(sending, videoPacket(SSRC, counts.published), counts.published);
      counts.published += 1;
    }, 5);
    const { port } = receiving.transport.iceCandidates[0]!;
    while (!over()) {
      victim.send(receiving.packets.checkWith({ useCandidate: true }), port, '127.0.0.1');
      counts.checks += 1;
      await pause(200);
    }
    clearInterval(media);
    victim.close();
    for (const connection of [sending, receiving]) connection.close();
    for (const { client } of [publisher, receiver]) client.socket.disconnect();
    http.close();
    return counts;
  },
  bounds: [{ count: 'mediaAtThirdParty', atMost: 0 }],
};

const SSRC = 0xbad3;
