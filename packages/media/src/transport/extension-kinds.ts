import type { Producer } from '../forwarding/producer.js';
import { extensionUris } from '../rtp/extensions.js';

/**
 * The `ExtensionKind` of each extension id of a peer with these producers, 0 for none. An id has
 * one meaning in a bundle (RFC 8843 section 9.1), but mediasoup-client declares an absolute capture
 * time that the browser does not send, under an id that the browser gives to another extension in a
 * later section: the later producer's meaning applies.
 */
export function extensionKinds(producers: readonly Producer[]): Uint8Array {
  const kinds = new Uint8Array(256);
  for (const { rtpParameters } of producers) {
    for (const { uri, id } of rtpParameters.headerExtensions ?? []) {
      const kind = extensionUris[uri] ?? 0;
      if (kind !== 0) kinds[id] = kind;
    }
  }
  return kinds;
}
