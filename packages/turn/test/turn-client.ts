import { randomBytes } from 'node:crypto';
import {
  Attribute,
  type Endpoint,
  type IntegrityHash,
  MessageClass,
  Method,
  type NewAttribute,
  parseStun,
  read32,
  readXorAddress,
  type StunMessage,
  uint32,
  writeMessage,
  xorAddressValue,
} from '@waterbus/stun';
import { hmacs } from '../src/credentials/hmacs.js';
import { longTermKey, timeLimitedCredentials } from '../src/credentials/time-limited.js';
import { parseChannelData, writeChannelData } from '../src/framing/channel-data.js';

export interface TurnClientOptions {
  /** Sends one message to the server. */
  send(bytes: Buffer): void;
  secret: string;
  user?: string;
  /** Seconds since 1970. */
  expires: number;
  hash?: IntegrityHash;
  /** Instead of the right one. */
  credential?: string;
}

/** A TURN client of the tests: sends requests with credentials and reads the answers. */
export class TestTurnClient {
  readonly answers: StunMessage[] = [];
  /** Data from peers, by channel and by indication. */
  readonly data: { from: string | number; text: string }[] = [];
  realm = '';
  nonce = '';
  private readonly username: string;

  constructor(private readonly options: TurnClientOptions) {
    const { secret, user = 'ada', expires } = options;
    this.username = timeLimitedCredentials(secret, user, expires).username;
  }

  /** A message of the server. */
  receive(bytes: Buffer): void {
    const channelData = parseChannelData(bytes);
    if (channelData) {
      this.data.push({ from: channelData.channel, text: channelData.data.toString() });
      return;
    }
    const message = parseStun(bytes);
    if (!message) throw new Error(`not a STUN message: ${bytes.toString('hex')}`);
    if (message.messageClass === MessageClass.Indication) this.indication(message);
    else this.answers.push(message);
    this.realm = textOf(message, Attribute.Realm) ?? this.realm;
    this.nonce = textOf(message, Attribute.Nonce) ?? this.nonce;
  }

  /** Sends a request, with credentials once the server has sent its realm. Returns its bytes. */
  request(method: number, attributes: readonly NewAttribute[] = [], transactionId = randomBytes(12)): Buffer {
    const { hash = 'sha1' } = this.options;
    const own: NewAttribute[] = [
      [Attribute.Username, Buffer.from(this.username)],
      [Attribute.Realm, Buffer.from(this.realm)],
      [Attribute.Nonce, Buffer.from(this.nonce)],
    ];
    const algorithm: NewAttribute[] =
      hash === 'sha1'
        ? []
        : [
            [Attribute.PasswordAlgorithms, Buffer.from([0, 2, 0, 0, 0, 1, 0, 0])],
            [Attribute.PasswordAlgorithm, Buffer.from([0, 2, 0, 0])],
          ];
    const message = writeMessage({
      method,
      messageClass: MessageClass.Request,
      transactionId,
      attributes: this.realm === '' ? attributes : [...attributes, ...own, ...algorithm],
      integrity: this.realm === '' ? undefined : { hash, key: this.key(), hmac: hmacs[hash] },
      fingerprint: true,
    });
    const bytes = Buffer.from(message);
    this.options.send(bytes);
    return bytes;
  }

  allocate(...more: NewAttribute[]): Buffer {
    return this.request(Method.Allocate, [[Attribute.RequestedTransport, Buffer.from([17, 0, 0, 0])], ...more]);
  }

  refresh(lifetime: number): void {
    this.request(Method.Refresh, [[Attribute.Lifetime, uint32(lifetime)]]);
  }

  permit(...peers: Endpoint[]): void {
    const transactionId = randomBytes(12);
    const addresses = peers.map(
      (peer) => [Attribute.XorPeerAddress, xorAddressValue(peer, transactionId)] as NewAttribute,
    );
    this.request(Method.CreatePermission, addresses, transactionId);
  }

  bind(channel: number, peer: Endpoint): void {
    const transactionId = randomBytes(12);
    const number = Buffer.alloc(4);
    number.writeUInt16BE(channel, 0);
    this.request(
      Method.ChannelBind,
      [
        [Attribute.ChannelNumber, number],
        [Attribute.XorPeerAddress, xorAddressValue(peer, transactionId)],
      ],
      transactionId,
    );
  }

  sendTo(peer: Endpoint, text: string): void {
    const transactionId = randomBytes(12);
    this.options.send(
      Buffer.from(
        writeMessage({
          method: Method.Send,
          messageClass: MessageClass.Indication,
          transactionId,
          attributes: [
            [Attribute.XorPeerAddress, xorAddressValue(peer, transactionId)],
            [Attribute.Data, Buffer.from(text)],
          ],
        }),
      ),
    );
  }

  sendOn(channel: number, text: string): void {
    this.options.send(writeChannelData(channel, Buffer.from(text), true));
  }

  /** The error code of the last answer; `ok` for a success. */
  get outcome(): number | 'ok' | undefined {
    const last = this.answers.at(-1);
    if (!last) return undefined;
    const error = last.value(Attribute.ErrorCode);
    return error ? error[2]! * 100 + error[3]! : 'ok';
  }

  /** Addresses in the last answer. */
  addresses(type: number): Endpoint[] {
    const last = this.answers.at(-1);
    if (!last) return [];
    return last.values(type).map((value) => readXorAddress(value, last.transactionId)!);
  }

  get lifetime(): number | undefined {
    const last = this.answers.at(-1);
    const value = last?.value(Attribute.Lifetime);
    return value && read32(value, 0);
  }

  /** Whether the last answer carries the integrity of these credentials. */
  get isAuthentic(): boolean {
    const { hash = 'sha1' } = this.options;
    const last = this.answers.at(-1);
    return last?.integrityHolds(hash, this.key(), hmacs[hash]) ?? false;
  }

  private key(): Buffer {
    const { secret, hash = 'sha1', credential } = this.options;
    return longTermKey(credential ?? secret, this.username, this.realm, hash === 'sha1' ? 'md5' : 'sha256');
  }

  private indication(message: StunMessage): void {
    const address = message.value(Attribute.XorPeerAddress);
    const peer = address && readXorAddress(address, message.transactionId);
    const text = textOf(message, Attribute.Data);
    this.data.push({ from: `${peer?.address} ${peer?.port}`, text: text ?? '' });
  }
}

function textOf(message: StunMessage, type: number): string | undefined {
  const value = message.value(type);
  return value && new TextDecoder().decode(value);
}
