import type { ClientResponse, JoinedResponse, RoomProducer, ServerEvent } from '@waterbus/protocol';
import type { RunFigures } from '../figures/run-figures.js';
import type { StreamReception } from '../figures/stream-reception.js';
import type { Call } from '../signalling/call.js';
import { RECEIVED } from '../streams/parameters.js';
import { Lane } from './lane.js';
import { type Layout, tileOf } from './layout.js';

type Consumer = ClientResponse<'subscribe'>['consumers'][number];

/** Subscribes to everybody in the room, over a transport to each media node. */
export class Receiver {
  readonly lanes = new Map<string, Lane>();
  /** Receptions by consumer. */
  private readonly consumers = new Map<string, { kind: 'audio' | 'video'; reception: StreamReception; lane: Lane }>();
  private readonly known = new Set<string>();
  private work: Promise<void> = Promise.resolve();
  private queued = false;
  private isClosed = false;

  constructor(
    private readonly call: Call,
    private readonly options: { run: number; layout: Layout },
    private readonly figures: RunFigures,
    /** A later request was refused. */
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Connects the transports that came with the join, and follows the room. Rejects when it cannot. */
  async start({ media }: JoinedResponse): Promise<void> {
    this.call.on('consumer.layers', (event) => this.layersChanged(event));
    this.call.on('consumer.closed', ({ consumerId }) => this.closed(consumerId));
    await Promise.all(
      (media?.receive ?? []).map(async ({ mediaNodeId, transport, consumers }) => {
        const lane = new Lane(transport, this.options.run, this.figures);
        this.lanes.set(mediaNodeId, lane);
        this.add(lane, consumers);
        await this.connect(lane);
      }),
    );
    // Changes during the first subscriptions must not be missed.
    this.call.onRoom = () => this.follow();
    const first = this.settle();
    this.work = first.catch(() => {});
    await first;
  }

  tick(now: number): void {
    for (const lane of this.lanes.values()) lane.tick(now);
  }

  close(): void {
    this.isClosed = true;
    for (const lane of this.lanes.values()) lane.close();
  }

  private follow(): void {
    if (this.queued || this.isClosed) return;
    this.queued = true;
    this.work = this.work
      .then(() => {
        this.queued = false;
        return this.settle();
      })
      .catch((error: unknown) => {
        if (!this.isClosed) this.onFailure(error);
      });
  }

  /** Subscribes to producers that are new. */
  private async settle(): Promise<void> {
    const own = this.call.joined.participantId;
    for (const { id, producers } of this.call.room.participants) {
      if (id === own) continue;
      const fresh = producers.filter((producer) => !this.known.has(producer.id));
      for (const mediaNodeId of new Set(fresh.map((producer: RoomProducer) => producer.mediaNodeId))) {
        if (this.isClosed) return;
        const lane = await this.laneTo(mediaNodeId);
        const { consumers } = await this.call.request('subscribe', {
          participantId: id,
          transportId: lane.transport.id,
          rtpCapabilities: RECEIVED,
        });
        for (const producer of fresh) this.known.add(producer.id);
        this.add(lane, consumers);
      }
    }
    await this.show();
  }

  private async laneTo(mediaNodeId: string): Promise<Lane> {
    const open = this.lanes.get(mediaNodeId);
    if (open) return open;
    const { transport } = await this.call.request('transport.open', { direction: 'receive', mediaNodeId });
    const lane = new Lane(transport, this.options.run, this.figures);
    this.lanes.set(mediaNodeId, lane);
    await this.connect(lane);
    return lane;
  }

  private async connect(lane: Lane): Promise<void> {
    await this.call.request('transport.connect', {
      transportId: lane.transport.id,
      dtlsParameters: { role: 'client', fingerprints: [lane.fingerprint] },
    });
    await lane.connected;
  }

  private shown = 0;

  /** Reports the tiles; a new picture changes the sizes of all. */
  private async show(): Promise<void> {
    const pictures = [...this.consumers].filter(([, { kind }]) => kind === 'video').map(([id]) => id);
    if (pictures.length === this.shown) return;
    this.shown = pictures.length;
    for (let from = 0; from < pictures.length; from += MOST_AT_ONCE) {
      const consumers = pictures.slice(from, from + MOST_AT_ONCE).map((consumerId, at) => ({
        consumerId,
        ...tileOf(this.options.layout, from + at, pictures.length),
        priority: 'low' as const,
      }));
      await this.call.request('consumer.setPreferences', { consumers });
    }
  }

  private add(lane: Lane, consumers: Consumer[]): void {
    for (const { id, producerId, kind, rtpParameters } of consumers) {
      this.known.add(producerId);
      const reception = this.consumers.has(id) ? undefined : lane.add(kind, rtpParameters);
      if (reception) this.consumers.set(id, { kind, reception, lane });
    }
  }

  private closed(consumerId: string): void {
    const consumer = this.consumers.get(consumerId);
    consumer?.lane.remove(consumer.reception);
    this.consumers.delete(consumerId);
    this.figures.paused.delete(consumerId);
  }

  private layersChanged({ consumers }: ServerEvent<'consumer.layers'>): void {
    for (const { consumerId, spatial, cause } of consumers) {
      if (spatial >= 0) {
        this.figures.paused.delete(consumerId);
        continue;
      }
      this.figures.paused.set(consumerId, cause);
      this.consumers.get(consumerId)?.reception.pause();
    }
  }
}

/** Of `MOST_PREFERENCES` in one request. */
const MOST_AT_ONCE = 100;
