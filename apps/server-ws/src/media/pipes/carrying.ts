import { randomUUID } from 'node:crypto';
import type { MediaNode, RtpParameters } from '@waterbus/media-host';
import type { RtpCapabilities } from '@waterbus/protocol';
import type { CarriedStream } from './carried-stream.js';

/**
 * Consumers on the far node for every size in which a picture is published, or the only one; answers
 * the parameters of a producer of them all, as a publisher of simulcast has them.
 */
export async function consumeAll(
  far: MediaNode,
  transportId: string,
  stream: CarriedStream,
  rtpCapabilities: RtpCapabilities,
): Promise<RtpParameters> {
  const { producerId } = stream;
  const layers = stream.mayBeSimulcast ? (await far.producerStats(producerId)).layers?.length : undefined;
  stream.consumerIds = Array.from({ length: layers ?? 1 }, () => randomUUID());
  const consumers = await Promise.all(
    stream.consumerIds.map((consumerId) =>
      far.consume({ transportId, consumerId, producerId, rtpCapabilities, paused: false }),
    ),
  );
  await setSizes(far, stream);
  const encodings = consumers.flatMap(({ rtpParameters }) => rtpParameters.encodings ?? []);
  return { ...consumers[0]!.rtpParameters, encodings };
}

/**
 * Asks for one size by each consumer: the tile of a receiver that shows it. On a narrow path between
 * the nodes the smallest ones go first, and a larger one becomes a copy of what fits.
 */
export async function setSizes(far: MediaNode, { producerId, consumerIds }: CarriedStream): Promise<void> {
  if (consumerIds.length < 2) return;
  const { layers = [] } = await far.producerStats(producerId);
  const top = consumerIds.length - 1;
  // A size that has not arrived yet is half of the next one.
  const known = layers.findIndex(({ frameWidth, frameHeight }) => frameWidth > 0 && frameHeight > 0);
  const { frameWidth, frameHeight } = layers[known] ?? CAMERA;
  for (const [spatial, consumerId] of consumerIds.slice(0, top).entries()) {
    const scale = 2 ** (spatial - (known < 0 ? top : known));
    const own = layers[spatial];
    const [width, height] =
      own && own.frameWidth > 0 && own.frameHeight > 0
        ? [own.frameWidth, own.frameHeight]
        : [frameWidth * scale, frameHeight * scale];
    const priority = spatial === 0 ? 'high' : 'medium';
    await far.setConsumerPreferences(consumerId, { width, height, visible: true, priority });
  }
}

/** The usual largest size. */
const CAMERA = { frameWidth: 1280, frameHeight: 720 };
