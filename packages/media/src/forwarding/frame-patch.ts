// Hot path: no allocation per packet.
import { decodeTargetsOf, endsFrame, spatialOf } from '../codecs/frame-details.js';
import type { OutgoingPacket } from '../port/outgoing-packet.js';
import { SendFlag } from '../port/packet-port.js';
import { maskBitOf, patchFrameNumber, patchMask } from '../store/descriptor-mask.js';
import { descriptorBytes, descriptorOffset, headerLength, transportWideOffset } from '../store/packet-store.js';
import type { ConsumerSource } from './consumer-source.js';
import type { ForwardingEnvironment } from './environment.js';
import type { ForwardedRun } from './forwarded-run.js';
import type { LayerSelector } from './layer-selector.js';

/**
 * Adapts a video packet's frame to one receiver: marker, dependency descriptor, picture id. Answers
 * false when the receiver does not get the frame.
 */
export function patchFrame(
  packet: OutgoingPacket,
  run: ForwardedRun,
  details: number,
  picture: number,
  selector: LayerSelector,
  source: ConsumerSource,
  environment: ForwardingEnvironment,
): boolean {
  // The picture ends here for a receiver without the layers above.
  if (endsFrame(details) && !source.isSimulcast && source.layers.spatialLayers > 1) {
    if (spatialOf(details) === selector.spatial) packet.flags |= SendFlag.Marker;
  }
  if (source.keepsDescriptor) patchDescriptor(packet, run, details, selector, environment);
  if (!run.changesPictures) return true;
  const { arena } = environment.port;
  const offset = environment.store.arenaOffset(packet.position);
  const header = headerLength(arena, offset);
  return run.patchPicture(packet, details, picture, arena, offset + header, header);
}

/** Each packet names the remaining decode targets, because a receiver may have lost any packet. */
function patchDescriptor(
  packet: OutgoingPacket,
  run: ForwardedRun,
  details: number,
  { spatial, temporal }: LayerSelector,
  environment: ForwardingEnvironment,
): void {
  const { arena } = environment.port;
  const offset = environment.store.arenaOffset(packet.position);
  packet.transportWideOffset = transportWideOffset(arena, offset);
  const at = descriptorOffset(arena, offset);
  if (at === 0) return;
  const decodeTargets = decodeTargetsOf(details);
  if (decodeTargets >= 2) {
    const mask = run.stream!.targetMask(spatial, temporal, decodeTargets);
    if (mask !== 0 && mask !== -1 >>> (32 - decodeTargets)) {
      const maskBit = maskBitOf(arena, offset + at, descriptorBytes(arena, offset));
      if (maskBit >= 0) patchMask(packet, arena, offset, at * 8 + maskBit, decodeTargets, mask);
    }
  }
  if (run.frameShift !== 0) patchFrameNumber(packet, arena, offset, at, run.frameShift);
}
