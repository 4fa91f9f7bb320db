// Hot path: no allocation per packet.
import type { OutgoingPacket } from '../port/outgoing-packet.js';
import { LossSeen } from '../red/loss-seen.js';
import { RedundantForms } from '../red/redundant-forms.js';
import type { ForwardingEnvironment } from './environment.js';
import type { ProducerStream } from './producer-stream.js';

/** The results of `formOf` besides a form. */
export const PLAIN = -1;
export const FORGOTTEN = -2;

/** Converts packets to RED for a receiver that takes RED, while it loses packets. */
export class ConsumerRedundancy {
  /** Whether the packet left as RED, by number modulo the length. */
  private readonly sent = new Uint8Array(REMEMBERED_FORMS);
  private readonly lossSeen = new LossSeen();

  constructor(
    private readonly payloadType: number,
    private readonly redPayloadType: number,
    private readonly environment: ForwardingEnvironment,
  ) {}

  /** Whether packets leave as RED now. */
  get isSent(): boolean {
    return this.lossSeen.isLossy;
  }

  /** The receiver reports this share of loss, 0-1. */
  report(fractionLost: number, packetsSent: number, packetsRetransmitted: number): void {
    this.lossSeen.report(fractionLost, packetsSent, packetsRetransmitted, this.environment.now);
  }

  /** Converts a packet, with the one before it, if the receiver loses packets. */
  add(packet: OutgoingPacket, stream: ProducerStream, sequence: number, sequenceNumber: number): void {
    const form = this.lossSeen.isLossy ? this.formsOf(stream).of(stream.history, sequence) : PLAIN;
    this.sent[sequenceNumber & (REMEMBERED_FORMS - 1)] = form < 0 ? 0 : 1;
    if (form >= 0) this.convert(packet, stream, form);
  }

  /** The form in which a packet left: `PLAIN`, or `FORGOTTEN` when its bytes are gone. */
  formOf(stream: ProducerStream, sequence: number, sequenceNumber: number): number {
    if (this.sent[sequenceNumber & (REMEMBERED_FORMS - 1)] !== 1) return PLAIN;
    const form = stream.redundantForms?.find(sequence) ?? -1;
    return form < 0 ? FORGOTTEN : form;
  }

  convert(packet: OutgoingPacket, stream: ProducerStream, form: number): void {
    const forms = stream.redundantForms!;
    packet.position = forms.positions[form]!;
    packet.length = forms.lengths[form]!;
    packet.payloadType = this.redPayloadType;
  }

  private formsOf(stream: ProducerStream): RedundantForms {
    const { port, store } = this.environment;
    stream.redundantForms ??= new RedundantForms(port.arena, store, this.payloadType);
    return stream.redundantForms;
  }
}

/** Numbers whose form is remembered: twice as many as packets can be retransmitted. */
const REMEMBERED_FORMS = 128;
