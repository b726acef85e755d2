import { readFileSync } from "node:fs";
import { canonicalAddress } from "../../../src/model/address.ts";

/**
 * The output of tshark for a capture, as tab-separated columns with a header line. Several values of one field in one
 * frame (messages in one TCP segment, headers inside a tunnel) are joined by "|".
 */

/** One row, by column name. */
type Row = Readonly<Record<string, string>>;

/** One line of the format in which both sides are compared. */
export interface Reading {
  readonly frame: number;
  readonly text: string;
  /** Why wirespan ignores it, by a rule for all captures; null if it must not. */
  readonly exempt: string | null;
}

/** tshark shows invalid UTF-8 as one or more U+FFFD; such runs are replaced by one on both sides. */
function comparableName(name: string): string {
  return name.replace(/\ufffd+/g, "\ufffd");
}

/** A name of wirespan in the notation of tshark: control bytes are octal. */
export function tsharkName(name: string): string {
  const latin1 = name.replace(/\\(\d{3})/g, (_, digits: string) => {
    const byte = Number(digits);
    return byte < 0x20 || byte === 0x7f ? `\\${byte.toString(8).padStart(3, "0")}` : String.fromCharCode(byte);
  });
  return comparableName(Buffer.from(latin1, "latin1").toString("utf8"));
}

const TUNNELS = ["vxlan", "geneve", "gre", "teredo", "gtp", "6in4", "l2tp", "capwap"];

export function readRows(path: string): Row[] {
  const [header = "", ...lines] = readFileSync(path, "utf8").split("\n");
  const columns = header.split("\t");
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const values = line.split("\t");
      return Object.fromEntries(columns.map((column, i) => [column, values[i] ?? ""]));
    });
}

/** Why a row is not a packet of the captured interface; null if it is one. */
function notTraffic(row: Row): string | null {
  const protocols = (row["frame.protocols"] ?? "").split(":");
  if (protocols[0] === "nflog") return "NFLOG is no link layer of a node's interfaces (model/packet.ts)";
  if (protocols.includes("icmp") || protocols.includes("icmpv6")) return "quoted inside an ICMP error: no traffic";
  const ipHeaders = protocols.filter((protocol) => protocol === "ip" || protocol === "ipv6").length;
  if (ipHeaders > 1 || protocols.some((protocol) => TUNNELS.includes(protocol))) {
    return "inside a tunnel: appears on its own interface";
  }
  return null;
}

/** Why a DNS message is ignored; null if it must be decoded. */
function notReadable(row: Row): string | null {
  const ports = ["udp.srcport", "udp.dstport", "tcp.srcport", "tcp.dstport"].map((column) => row[column] ?? "53");
  if (!ports.includes("53")) return "not port 53 (mDNS, LLMNR, DNS over HTTP)";
  if (values(row, "dns.flags.opcode").some((opcode) => opcode !== "0")) return "not a query (opcode): update, notify";
  if (values(row, "dns.count.queries").includes("0")) return "no question: an answer to nothing";
  if (row["_ws.malformed"] !== "") return "malformed: tshark shows how far it came";
  const answers = values(row, "dns.count.answers").reduce((sum, count) => sum + Number(count), 0);
  const isShown = values(row, "dns.qry.name").length > 0 && values(row, "dns.resp.type").length >= answers;
  return isShown ? null : "cut by the capture before the answer section's end: tshark shows how far it came";
}

function values(row: Row, column: string): string[] {
  const value = row[column] ?? "";
  return value === "" ? [] : value.split("|");
}

function address(row: Row, version4: string, version6: string): string {
  return canonicalAddress(row[version4] || row[version6] || "") ?? "?";
}

/** The DNS messages of a `.dns.tsv`: the responses of a capture, all messages of a corpus. */
export function dnsReadings(path: string): Reading[] {
  return readRows(path).flatMap((row) => {
    const frame = Number(row["frame.number"]);
    const exempt = notTraffic(row) ?? notReadable(row);
    const ids = values(row, "dns.id");
    if (ids.length === 1) return [{ frame, exempt, text: messageText(row, 0, answerSection(row)) }];
    // The row does not assign records to messages.
    return ids.map((_, i) => ({ frame, exempt, text: messageText(row, i, null) }));
  });
}

interface Section {
  readonly addresses: readonly string[];
  readonly chain: readonly string[];
}

/** The columns of addresses and CNAMEs have all sections in order; the first `dns.count.answers` records are the answer. */
function answerSection(row: Row): Section {
  // Truncated messages and queries have no answer.
  if (row["dns.flags.response"] === "0") return { addresses: [], chain: [] };
  const types = values(row, "dns.resp.type").slice(0, Number(row["dns.count.answers"] || 0));
  const count = (type: string) => types.filter((candidate) => candidate === type).length;
  return {
    addresses: [...values(row, "dns.a").slice(0, count("1")), ...values(row, "dns.aaaa").slice(0, count("28"))],
    chain: values(row, "dns.cname").slice(0, count("5")),
  };
}

function messageText(row: Row, index: number, section: Section | null): string {
  const name = values(row, "dns.qry.name")[index] ?? "?";
  return dnsText({
    id: Number(values(row, "dns.id")[index]),
    rcode: Number(values(row, "dns.flags.rcode")[index] ?? 0),
    isTruncated: values(row, "dns.flags.truncated")[index] === "1",
    name: name === "<Root>" ? "" : comparableName(name),
    type: Number(values(row, "dns.qry.type")[index]),
    section: values(row, "dns.flags.truncated")[index] === "1" ? null : section,
  });
}

/** The line in which DNS messages are compared. Null: a section that is not compared. */
export function dnsText(message: {
  readonly id: number;
  /** 0 in a query, for which tshark shows none. */
  readonly rcode: number;
  readonly isTruncated: boolean;
  readonly name: string;
  readonly type: number;
  readonly section: Section | null;
}): string {
  const { id, rcode, isTruncated, name, type, section } = message;
  const head = `id=${id} rcode=${rcode} tc=${isTruncated} ${name} type=${type}`;
  if (section === null) return head;
  // Addresses are kept for address questions only.
  const addresses = type === 1 || type === 28 ? section.addresses : [];
  const sorted = (texts: readonly string[]) =>
    [...texts]
      .map((text) => text.toLowerCase())
      .sort()
      .join(" ");
  return `${head} addresses=[${sorted(addresses.map((text) => canonicalAddress(text) ?? text))}] chain=[${sorted(section.chain)}]`;
}

/** The segments with SYN of a `.syn.tsv`, or those with RST of a `.finrst.tsv`. */
export function segmentReadings(path: string, flag: number): Reading[] {
  return readRows(path)
    .filter((row) => (Number(values(row, "tcp.flags")[0]) & flag) !== 0)
    .map((row) => ({
      frame: Number(row["frame.number"]),
      exempt: notTraffic(row),
      text: segmentText({
        source: `${address(row, "ip.src", "ipv6.src")} ${row["tcp.srcport"]}`,
        destination: `${address(row, "ip.dst", "ipv6.dst")} ${row["tcp.dstport"]}`,
        sequence: Number(row["tcp.seq_raw"]),
        acknowledgement: Number(row["tcp.ack_raw"]),
        flags: Number(row["tcp.flags"]),
        length: Number(row["tcp.len"]),
      }),
    }));
}

/** The line in which TCP segments are compared. */
export function segmentText(segment: {
  readonly source: string;
  readonly destination: string;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly length: number;
}): string {
  const { source, destination, sequence, acknowledgement, flags, length } = segment;
  // The flags of tshark include the four reserved bits (RFC 9293 §3.1).
  return `${source} > ${destination} seq=${sequence} ack=${acknowledgement} flags=${flags & 0xff} length=${length}`;
}
