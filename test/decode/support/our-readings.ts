import { openCaptureFile } from "../../../src/capture/capture-file.ts";
import { emptyPacket } from "../../../src/capture/packet-source.ts";
import { Decoder } from "../../../src/decode/decoder.ts";
import type { DecodeCounters } from "../../../src/decode/network/decode-counters.ts";
import { ADDRESS_WORDS, addressText } from "../../../src/model/address.ts";
import type { DnsMessage } from "../../../src/model/dns-message.ts";
import type { TcpSegment } from "../../../src/model/tcp-segment.ts";
import { dnsText, segmentText, tsharkName } from "./tshark-truth.ts";

/** A decoded message, in the format of the comparison. */
export interface MessageReading {
  readonly frame: number;
  readonly isResponse: boolean;
  readonly text: string;
  /** Without the answer section, for rows with several messages. */
  readonly head: string;
}

export interface SegmentReading {
  readonly frame: number;
  readonly flags: number;
  readonly text: string;
}

export interface OurReadings {
  readonly messages: readonly MessageReading[];
  readonly segments: readonly SegmentReading[];
  readonly counters: DecodeCounters;
}

/** Decodes a whole capture file. */
export function readCapture(path: string): OurReadings {
  const messages: MessageReading[] = [];
  const segments: SegmentReading[] = [];
  let frame = 0;
  const decoder = new Decoder(
    { dnsPorts: [53] },
    {
      message: (message) => messages.push(messageReading(frame, message)),
      segment: (segment) => segments.push(segmentReading(frame, segment)),
      unreachable: () => {},
    },
  );
  const source = openCaptureFile(path);
  const packet = emptyPacket();
  try {
    while (source.next(packet)) {
      frame += 1;
      decoder.decode(packet);
      decoder.deliver();
    }
  } finally {
    source.close();
  }
  return { messages, segments, counters: decoder.counters };
}

function messageReading(frame: number, message: DnsMessage): MessageReading {
  const { id, rcode, isTruncated, question, answer } = message;
  const about = {
    id,
    rcode: message.isResponse ? rcode : 0,
    isTruncated,
    name: tsharkName(question.name),
    type: question.type,
  };
  const section = {
    addresses: answer === null ? [] : addressTexts(answer.addresses),
    chain: (answer?.chain ?? []).map(tsharkName),
  };
  return {
    frame,
    isResponse: message.isResponse,
    text: dnsText({ ...about, section: isTruncated ? null : section }),
    head: dnsText({ ...about, section: null }),
  };
}

function segmentReading(frame: number, segment: TcpSegment): SegmentReading {
  return {
    frame,
    flags: segment.flags,
    text: segmentText({
      source: `${addressText(segment.addresses, 0)} ${segment.sourcePort}`,
      destination: `${addressText(segment.addresses, ADDRESS_WORDS)} ${segment.destinationPort}`,
      sequence: segment.sequence >>> 0,
      acknowledgement: segment.acknowledgement >>> 0,
      flags: segment.flags,
      length: segment.payloadLength,
    }),
  };
}

/** The texts of consecutive addresses. */
export function addressTexts(words: Int32Array): string[] {
  return Array.from({ length: words.length / ADDRESS_WORDS }, (_, i) => addressText(words, i * ADDRESS_WORDS));
}
