import type { Person } from './call.js';

/**
 * Removes these codecs from the offers of a person's browser, in which mediasoup-client reads the
 * browser's capabilities. Call it before the page is opened.
 */
export async function lackCodecs({ page }: Person, names: string[]): Promise<void> {
  await page.addInitScript((lacking) => {
    const { createOffer } = RTCPeerConnection.prototype;
    const without = (sdp: string): string => {
      const gone = new Set<string>();
      for (const [, type, name] of sdp.matchAll(/^a=rtpmap:(\d+) ([^/]+)\//gm))
        if (lacking.includes(name!)) gone.add(type!);
      for (const [, type, of] of sdp.matchAll(/^a=fmtp:(\d+) apt=(\d+)/gm)) if (gone.has(of!)) gone.add(type!);
      return sdp
        .split('\r\n')
        .filter((line) => !gone.has(/^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)?.[1] ?? ''))
        .map((line) => {
          if (!line.startsWith('m=video')) return line;
          return line
            .split(' ')
            .filter((part, index) => index < 3 || !gone.has(part))
            .join(' ');
        })
        .join('\r\n');
    };
    RTCPeerConnection.prototype.createOffer = async function (this: RTCPeerConnection, ...args: unknown[]) {
      const { type, sdp } = await (createOffer as (...of: unknown[]) => Promise<RTCSessionDescriptionInit>).apply(
        this,
        args,
      );
      return { type, sdp: without(sdp ?? '') };
    } as typeof createOffer;
  }, names);
}
