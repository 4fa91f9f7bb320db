import {
  AddressFamily,
  Attribute,
  equalBytes,
  errorValue,
  MessageClass,
  Method,
  parseStun,
  readXorAddress,
  type StunMessage,
  writeMessage,
  xorAddressValue,
} from '@waterbus/stun';
import { hmacs } from '../credentials/hmacs.js';
import { parseChannelData } from '../framing/channel-data.js';
import type { Accounts, FullAccount, Share } from '../usage/accounts.js';
import { Allocation } from './allocation.js';
import { type Answer, failure, success } from './answer.js';
import type { Authenticated, Authentication } from './authentication.js';
import type { ClientPath, TurnEnvironment } from './environment.js';
import type { OpenAllocations } from './open-allocations.js';
import { allocated, allocationWishes, channelBind, createPermission, refresh } from './requests.js';

export interface TurnClientContext {
  environment: TurnEnvironment;
  authentication: Authentication;
  accounts: Accounts;
  open: OpenAllocations;
  /** The server accepts no new allocations. */
  isClosing(): boolean;
}

/** One client of the server, and its allocation. Any bytes may arrive; nothing is thrown. */
export class TurnClient {
  private allocation: Allocation | undefined;
  /** An Allocate request whose relay is being opened. */
  private allocating = false;
  private closed = false;

  constructor(
    private readonly path: ClientPath,
    private readonly context: TurnClientContext,
    /** The allocation has ended. */
    private readonly onIdle: () => void = () => {},
  ) {}

  /** Has an allocation, or is about to. */
  get isActive(): boolean {
    return this.allocating || this.allocation !== undefined;
  }

  /** One STUN or ChannelData message. False for bytes that are neither. */
  receive(bytes: Buffer): boolean {
    const channelData = parseChannelData(bytes);
    if (channelData) {
      this.allocation?.toChannel(channelData.channel, channelData.data);
      return true;
    }
    const message = parseStun(bytes);
    if (!message) return false;
    if (message.messageClass === MessageClass.Request) this.request(message);
    else if (message.messageClass === MessageClass.Indication) this.indication(message);
    return true;
  }

  /** Must be called at least once a second, on the clock. */
  expire(): void {
    if (this.allocation?.isExpired) this.allocation.end();
  }

  /** The path has ended. */
  close(): void {
    this.closed = true;
    this.allocation?.end();
  }

  /** Forged responses and indications of other methods are ignored. */
  private indication(message: StunMessage): void {
    if (message.method !== Method.Send || !this.allocation || message.unknown(KNOWN).length > 0) return;
    const address = message.value(Attribute.XorPeerAddress);
    const data = message.value(Attribute.Data);
    const peer = address && readXorAddress(address, message.transactionId);
    if (peer && data) this.allocation.toPeer(peer, data);
  }

  private request(message: StunMessage): void {
    const unknown = message.unknown(KNOWN);
    if (message.method === Method.Binding) {
      const mapped = xorAddressValue(this.path.remote, message.transactionId);
      const known = success([Attribute.XorMappedAddress, mapped]);
      this.answer(message, unknown.length > 0 ? unknownFailure(unknown) : known);
    } else if (!METHODS.has(message.method)) {
      this.answer(message, failure(400));
    } else {
      const sender = this.context.authentication.check(message);
      if (!sender.ok) this.answer(message, sender);
      else if (unknown.length > 0) this.answer(message, unknownFailure(unknown), sender);
      else this.authenticated(message, sender);
    }
  }

  private authenticated(message: StunMessage, sender: Authenticated): void {
    const answer =
      message.method === Method.Allocate ? this.allocate(message, sender) : this.aboutAllocation(message, sender);
    if (answer) this.answer(message, answer, sender);
  }

  private aboutAllocation(message: StunMessage, sender: Authenticated): Answer {
    const { environment, authentication } = this.context;
    const { allocation } = this;
    if (!allocation || allocation.isExpired) return failure(437);
    if (allocation.owner.username !== sender.username) return failure(441);
    // A call may outlast the credentials of its join.
    if (sender.expired && !allocation.isInUse) return authentication.refused();
    if (message.method === Method.Refresh) return refresh(message, allocation);
    if (message.method === Method.CreatePermission) return createPermission(message, allocation, environment);
    return channelBind(message, allocation, environment);
  }

  /** Undefined: the answer follows, or has been repeated. */
  private allocate(message: StunMessage, sender: Authenticated): Answer | undefined {
    const { environment, authentication, accounts } = this.context;
    if (this.allocating) return undefined;
    if (this.allocation) return this.repeated(message) ? undefined : failure(437);
    if (sender.expired) return authentication.refused();
    const wishes = allocationWishes(message, environment);
    if (!wishes.ok) return wishes;
    if (this.context.isClosing()) return failure(508);
    const share = this.share(accounts, sender.user);
    if (typeof share === 'string') {
      environment.onRefusal('quota', { account: share, user: sender.user });
      return failure(share === 'server' ? 508 : 486);
    }
    const ended = () => this.ended(allocation);
    const allocation = new Allocation(environment, this.path, sender, share, ended, wishes.lifetime * 1000);
    this.allocating = true;
    void this.openRelays(allocation, message, sender, wishes);
    return undefined;
  }

  /** Each round ends an allocation, or is the last. */
  private share(accounts: Accounts, user: string): Share | FullAccount {
    const { environment, open } = this.context;
    const { account } = this.path;
    for (;;) {
      const share = accounts.take(account, user, environment.clock.now());
      if (typeof share !== 'string' || !open.endUnused(share, account, user)) return share;
    }
  }

  /** A request that UDP has repeated gets its first answer again. */
  private repeated({ transactionId }: StunMessage): boolean {
    const answered = this.allocation?.answered;
    if (!answered || !equalBytes(answered.transactionId, transactionId)) return false;
    this.path.send(answered.bytes);
    return true;
  }

  private async openRelays(
    allocation: Allocation,
    message: StunMessage,
    sender: Authenticated,
    wishes: Extract<ReturnType<typeof allocationWishes>, { ok: true }>,
  ): Promise<void> {
    const { environment, isClosing } = this.context;
    const opened = await allocation.openRelay(wishes.family, wishes.even).then(
      () => true,
      () => false,
    );
    let answer: Answer = failure(508);
    if (opened) {
      const missing = wishes.additional && (await addFamily(allocation, wishes.additional));
      const mapped = xorAddressValue(this.path.remote, message.transactionId);
      answer = allocated(allocation, message, wishes.lifetime, mapped);
      if (answer.ok && missing) answer = success(...answer.attributes, [Attribute.AddressErrorCode, missing]);
    } else environment.onRefusal('quota', { account: 'ports', user: sender.user });
    this.allocating = false;
    if (this.closed || !opened || isClosing() || allocation.relays.size === 0) {
      allocation.end();
      if (!this.closed) this.answer(message, failure(508), sender);
      return;
    }
    this.allocation = allocation;
    this.context.open.add(allocation);
    const bytes = this.answer(message, answer, sender);
    allocation.answered = { transactionId: Uint8Array.from(message.transactionId), bytes };
  }

  private ended(allocation: Allocation): void {
    this.context.open.delete(allocation);
    if (this.allocation === allocation) this.allocation = undefined;
    if (!this.isActive) this.onIdle();
  }

  private answer(message: StunMessage, answer: Answer, sender?: Authenticated): Uint8Array {
    const { method, transactionId } = message;
    const bytes = writeMessage({
      method,
      messageClass: answer.ok ? MessageClass.Success : MessageClass.Error,
      transactionId,
      attributes: answer.attributes,
      integrity: sender && { hash: sender.hash, key: sender.key, hmac: hmacs[sender.hash] },
      fingerprint: message.hasFingerprint,
    });
    this.path.send(bytes);
    return bytes;
  }
}

/** Undefined, or the value of ADDRESS-ERROR-CODE (RFC 8656 section 18.12). */
async function addFamily(allocation: Allocation, family: 4 | 6): Promise<Uint8Array | undefined> {
  try {
    await allocation.openRelay(family, false);
    return undefined;
  } catch {
    const value = errorValue(440);
    value[0] = family === 4 ? AddressFamily.IPv4 : AddressFamily.IPv6;
    return value;
  }
}

function unknownFailure(types: readonly number[]): Answer {
  const value = Buffer.alloc(types.length * 2);
  for (const [index, type] of types.entries()) value.writeUInt16BE(type, index * 2);
  return failure(420, [Attribute.UnknownAttributes, value]);
}

const METHODS: ReadonlySet<number> = new Set([
  Method.Allocate,
  Method.Refresh,
  Method.CreatePermission,
  Method.ChannelBind,
]);

/** `DONT-FRAGMENT` is unknown: Node cannot set the DF bit (RFC 8656 section 7.2). */
const KNOWN: ReadonlySet<number> = new Set([
  Attribute.Username,
  Attribute.ErrorCode,
  Attribute.UnknownAttributes,
  Attribute.ChannelNumber,
  Attribute.Lifetime,
  Attribute.XorPeerAddress,
  Attribute.Data,
  Attribute.Realm,
  Attribute.Nonce,
  Attribute.XorRelayedAddress,
  Attribute.RequestedAddressFamily,
  Attribute.EvenPort,
  Attribute.RequestedTransport,
  Attribute.PasswordAlgorithm,
  Attribute.XorMappedAddress,
  Attribute.ReservationToken,
]);
