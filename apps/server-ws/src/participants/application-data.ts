import { randomUUID } from 'node:crypto';
import type { Bus, Clock } from '@waterbus/cluster';
import { CodedError, type DataRequest, dataLength, type Grants, type ParticipantMetadata } from '@waterbus/protocol';
import { busTopics } from '../bus/contract.js';
import type { Limits } from '../limits.js';
import { TokenBucket } from '../time/token-bucket.js';
import { checkSendData, checkSetMetadata } from './permissions.js';

interface DataOwner {
  readonly participantId: string;
  readonly roomId: string;
  readonly grants: Grants;
  writeMetadata(metadata: ParticipantMetadata): Promise<void>;
}

type DataLimits = Pick<
  Limits,
  'dataPerSecond' | 'dataBurst' | 'dataBytesPerSecond' | 'dataBytesBurst' | 'metadataPerSecond' | 'metadataBurst'
>;

/** What an application sends through one participant: data messages and metadata, within limits. */
export class ApplicationData {
  private readonly messages: TokenBucket;
  private readonly bytes: TokenBucket;
  private readonly changes: TokenBucket;

  constructor(
    private readonly owner: DataOwner,
    private readonly bus: Pick<Bus, 'publish'>,
    private readonly clock: Clock,
    limits: DataLimits,
  ) {
    const now = clock.now();
    this.messages = new TokenBucket(limits.dataPerSecond, limits.dataBurst, now);
    this.bytes = new TokenBucket(limits.dataBytesPerSecond, limits.dataBytesBurst, now);
    this.changes = new TokenBucket(limits.metadataPerSecond, limits.metadataBurst, now);
  }

  /** Rejects with `permission.denied`, `limit.reached` or `server.unavailable`. */
  async send({ to, ...content }: DataRequest): Promise<void> {
    const { participantId, roomId, grants } = this.owner;
    checkSendData(grants);
    const now = this.clock.now();
    if (!this.messages.take(now)) throw new CodedError('limit.reached', 'too many data messages');
    if (!this.bytes.take(now, dataLength(content))) throw new CodedError('limit.reached', 'too many bytes of data');
    const message = { id: randomUUID(), participantId, ...content };
    await this.bus.publish(busTopics.data.of(roomId), { message, ...(to && { to }) });
  }

  /** Rejects with `permission.denied` or `limit.reached`. */
  async setMetadata(metadata: ParticipantMetadata): Promise<void> {
    checkSetMetadata(this.owner.grants);
    if (!this.changes.take(this.clock.now())) throw new CodedError('limit.reached', 'too many changes of metadata');
    await this.owner.writeMetadata(metadata);
  }
}
