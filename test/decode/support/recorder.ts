import type { DecodeSink } from "../../../src/decode/decoded-batch.ts";
import { Decoder } from "../../../src/decode/decoder.ts";
import type { DecodeCounters, IgnoredReason } from "../../../src/decode/network/decode-counters.ts";
import { ADDRESS_WORDS, addressText } from "../../../src/model/address.ts";
import type { DnsMessage } from "../../../src/model/dns-message.ts";
import type { Packet } from "../../../src/model/packet.ts";
import type { TcpSegment, UnreachableQuote } from "../../../src/model/tcp-segment.ts";
import { addressTexts } from "./our-readings.ts";

type Ends = { readonly source: string; readonly destination: string };
type Recorded<T> = Omit<T, "addresses" | "sourcePort" | "destinationPort"> & Ends;

export type RecordedMessage = Omit<Recorded<DnsMessage>, "answer"> & {
  /** Null if the message has no answer. */
  readonly resolved: readonly string[] | null;
  readonly chain: readonly string[] | null;
  readonly omittedAddresses: number;
  readonly isMisnamed: boolean;
};

function ends(of: { addresses: Int32Array; sourcePort: number; destinationPort: number }): Ends {
  return {
    source: `${addressText(of.addresses, 0)} ${of.sourcePort}`,
    destination: `${addressText(of.addresses, ADDRESS_WORDS)} ${of.destinationPort}`,
  };
}

/** A decoder that keeps copies of its output. */
export class Recorder implements DecodeSink {
  readonly #segments: Recorded<TcpSegment>[] = [];
  readonly #messages: RecordedMessage[] = [];
  readonly quotes: Recorded<UnreachableQuote>[] = [];
  readonly decoder: Decoder;

  constructor(dnsPorts: readonly number[] = [53]) {
    this.decoder = new Decoder({ dnsPorts }, this);
  }

  get segments(): readonly Recorded<TcpSegment>[] {
    this.decoder.deliver();
    return this.#segments;
  }

  get messages(): readonly RecordedMessage[] {
    this.decoder.deliver();
    return this.#messages;
  }

  get counters(): DecodeCounters {
    return this.decoder.counters;
  }

  /** The counters of ignored packets that are not 0. */
  get ignored(): Partial<Record<IgnoredReason, number>> {
    return Object.fromEntries(Object.entries(this.counters.ignored).filter(([, count]) => count > 0));
  }

  segment(segment: TcpSegment): void {
    const { addresses, sourcePort, destinationPort, ...rest } = segment;
    this.#segments.push({ ...rest, ...ends({ addresses, sourcePort, destinationPort }) });
  }

  message(message: DnsMessage): void {
    const { addresses, sourcePort, destinationPort, answer, ...rest } = message;
    const resolved = answer === null ? null : addressTexts(answer.addresses);
    const chain = answer?.chain ?? null;
    const omittedAddresses = answer?.omittedAddresses ?? 0;
    const from = ends({ addresses, sourcePort, destinationPort });
    this.#messages.push({
      ...rest,
      ...from,
      resolved,
      chain,
      omittedAddresses,
      isMisnamed: answer?.isMisnamed ?? false,
    });
  }

  unreachable(quote: UnreachableQuote): void {
    const { addresses, sourcePort, destinationPort, ...rest } = quote;
    this.quotes.push({ ...rest, ...ends({ addresses, sourcePort, destinationPort }) });
  }
}

/** Decodes packets with a new decoder. */
export function record(...packets: readonly Packet[]): Recorder {
  const recorder = new Recorder();
  for (const packet of packets) recorder.decoder.decode(packet);
  return recorder;
}
