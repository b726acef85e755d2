import assert from "node:assert/strict";
import { test } from "node:test";
import { lazySource } from "../../src/capture/lazy-source.ts";
import { mergedSource } from "../../src/capture/merged-source.ts";
import type { PacketSource } from "../../src/capture/packet-source.ts";
import { CaptureError } from "../../src/model/errors.ts";
import { readSource } from "./support/read-all.ts";

/** Returns packets of one byte, which the next call overwrites, as in real sources. */
function source(name: number, times: readonly number[], failure?: string): PacketSource & { isClosed: boolean } {
  const bytes = new Uint8Array(1);
  let packets = 0;
  return {
    isClosed: false,
    next(packet) {
      bytes[0] = 0;
      const timeMicros = times[packets];
      if (timeMicros === undefined) {
        if (failure !== undefined) throw new CaptureError(failure);
        return false;
      }
      packets++;
      bytes[0] = name;
      Object.assign(packet, { bytes, offset: 0, captureLength: 1, length: 1, timeMicros, linkType: name });
      return true;
    },
    get counters() {
      return { packets, bytesRead: 10, totalBytes: 20, isTruncated: name === 2, otherBlocks: 1, badTimes: 3 };
    },
    close() {
      this.isClosed = true;
    },
  };
}

function order(merged: PacketSource): string {
  return readSource(merged)
    .packets.map(({ timeMicros, hex }) => `${timeMicros}:${hex}`)
    .join(" ");
}

test("packets are merged in time order, equal times in the order of the files", () => {
  assert.equal(
    order(mergedSource([source(1, [1, 4, 5]), source(2, []), source(3, [0, 4, 6]), source(4, [4])])),
    "0:03 1:01 4:01 4:03 4:04 5:01 6:03",
  );
});

test("a packet that is out of order in its file is not delayed further", () => {
  assert.equal(order(mergedSource([source(1, [5, 2, 7]), source(2, [3, 6])])), "3:02 5:01 2:01 6:02 7:01");
});

/** Makes lazy sources and counts how many are open. */
class Openings {
  open = 0;
  most = 0;
  times = 0;

  lazy(name: number, times: readonly number[], failure?: string): PacketSource {
    return lazySource(() => {
      const opened = source(name, times, failure);
      this.times++;
      this.most = Math.max(this.most, ++this.open);
      const close = (): void => {
        if (!opened.isClosed) this.open--;
        opened.isClosed = true;
      };
      return Object.defineProperty({ ...opened, close }, "counters", { get: () => opened.counters });
    });
  }
}

test("consecutive files are open one at a time, in any order of the arguments", () => {
  const openings = new Openings();
  const files = Array.from({ length: 100 }, (_, i) => openings.lazy(i, [10 * i, 10 * i + 9]));
  const { packets } = readSource(mergedSource([...files.slice(50), ...files.slice(0, 50)]));
  assert.equal(packets.length, 200);
  assert.deepEqual(
    packets.map(({ timeMicros }) => timeMicros),
    packets.map(({ timeMicros }) => timeMicros).sort((a, b) => a - b),
  );
  assert.equal(openings.most, 1);
  assert.equal(openings.open, 0);
});

test("overlapping files are open together and are merged in the same order as open ones", () => {
  const openings = new Openings();
  const parts: [number, number[]][] = [
    [1, [1, 4, 5]],
    [2, []],
    [3, [0, 4, 6]],
    [4, [4]],
    [5, [6, 2, 9]],
    [6, [8, 9]],
  ];
  const merged = mergedSource(parts.map(([name, times]) => openings.lazy(name, times)));
  assert.equal(order(merged), order(mergedSource(parts.map(([name, times]) => source(name, times)))));
  assert.ok(openings.most <= 4, `${openings.most}`);
});

test("a file without a readable packet fails once, after the other files were read", () => {
  const openings = new Openings();
  const merged = mergedSource([openings.lazy(1, [], "damaged"), openings.lazy(2, [3, 4])]);
  const { packets, error } = readSource(merged);
  assert.deepEqual([packets.length, error, openings.open], [2, "damaged", 0]);
});

test("a pipe stays open", () => {
  let times = 0;
  const pipe = lazySource(() => {
    times++;
    const opened = source(1, [5, 6]);
    return Object.defineProperty(opened, "counters", { get: () => ({ totalBytes: null }) });
  });
  assert.equal(order(mergedSource([pipe, source(2, [1])])), "1:02 5:01 6:01");
  assert.equal(times, 1);
});

test("the error of one file is thrown after the other files were read", () => {
  const merged = mergedSource([source(1, [1, 2], "damaged"), source(2, [3, 4])]);
  const { packets, error } = readSource(merged);
  assert.equal(packets.length, 4);
  assert.equal(error, "damaged");
});

test("counters are sums, and close closes all sources", () => {
  const parts = [source(1, [1]), source(2, [2])];
  const merged = mergedSource(parts);
  const { counters } = readSource(merged);
  assert.deepEqual(counters, {
    packets: 2,
    bytesRead: 20,
    totalBytes: 40,
    isTruncated: true,
    otherBlocks: 2,
    badTimes: 6,
  });
  assert.deepEqual(
    parts.map(({ isClosed }) => isClosed),
    [true, true],
  );
});

test("a single source is returned as it is", () => {
  const only = source(1, [1]);
  assert.equal(mergedSource([only]), only);
});
